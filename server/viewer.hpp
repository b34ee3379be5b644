#pragma once

#include "data/store.hpp"
#include "server/flows/collection.hpp"
#include "server/http/request.hpp"
#include "server/http/response.hpp"

#include <optional>
#include <string_view>

namespace keyaki::server {

/// Who reads. Staff, whose key has layers:write or layers:publish, see drafts and the layers that are not for everyone; the key of anybody else, and
/// one that is wrong, sees what everyone sees. Lives as long as one request, on one thread.
class Viewer {
  public:
    /// Both outlive the viewer.
    Viewer(data::Store &store, const http::Request &request) noexcept : m_store(store), m_request(request) {}
    Viewer(const Viewer &) = delete;
    Viewer &operator=(const Viewer &) = delete;

    /// Asks the database the first time, and only where the request brings a key.
    [[nodiscard]] bool is_staff(std::string_view layer) const;
    [[nodiscard]] IsStaff staff_check() const {
        return [this](std::string_view layer) { return is_staff(layer); };
    }

    /// The answer where nothing was found under these names, for who asks: 404, the same whether something is there or not. Where they name a draft
    /// whoever is not staff is told to bring a key that is (401, 403), whether the layer is there or not.
    [[nodiscard]] http::Response not_found(std::string_view names) const;

  private:
    [[nodiscard]] const std::optional<http::Response> &refusal() const;

    data::Store &m_store;
    const http::Request &m_request;
    mutable bool m_is_known = false;
    mutable std::optional<http::Response> m_refusal;
};

} // namespace keyaki::server
