#pragma once

#include "server/access/access.hpp"
#include "server/flows/collection.hpp"
#include "server/http/request.hpp"
#include "server/http/response.hpp"

#include <optional>
#include <string_view>
#include <variant>

namespace keyaki::server {

/// Who reads. Staff, whose key or token has layers:write or layers:publish for all layers or for that one, see drafts and the layers that are not for
/// everyone; the key of anybody else, and one that is wrong, sees what everyone sees. Lives as long as one request, on one thread.
class Viewer {
  public:
    /// Both outlive the viewer.
    Viewer(access::Access &access, const http::Request &request) noexcept : m_access(access), m_request(request) {}
    Viewer(const Viewer &) = delete;
    Viewer &operator=(const Viewer &) = delete;

    /// Asks the database the first time, and only where the request brings a key.
    [[nodiscard]] bool is_staff(std::string_view layer) const;
    [[nodiscard]] IsStaff staff_check() const {
        return [this](std::string_view layer) { return is_staff(layer); };
    }

    /// The refusal for whoever is staff of no layer at all (401, 403); nothing for the staff of one.
    [[nodiscard]] std::optional<http::Response> refuse_strangers() const;

    /// The answer where nothing was found under these names, for who asks: 404, the same whether something is there or not. Where they name a draft
    /// whoever is not staff is told to bring a key that is (401, 403), whether the layer is there or not.
    [[nodiscard]] http::Response not_found(std::string_view names) const;

  private:
    using Found = std::variant<access::Identity, http::Response>;
    [[nodiscard]] const Found &found() const;

    access::Access &m_access;
    const http::Request &m_request;
    mutable std::optional<Found> m_found; ///< nothing before somebody had to know
};

} // namespace keyaki::server
