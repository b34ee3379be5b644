#pragma once

#include "data/layer.hpp"
#include "server/http/request.hpp"
#include "server/http/route_description.hpp"

#include <cstddef>
#include <string>

namespace keyaki::server {

/// `limit` and `after` of a page of changes; Error invalid_input for a malformed limit.
[[nodiscard]] data::ChangePage parse_change_page(const http::Request &request);

[[nodiscard]] http::ParameterDescription change_limit_parameter();
[[nodiscard]] http::ParameterDescription change_after_parameter();

/// A page of changes that is being written as a GeoJSON FeatureCollection, one change at a time.
class ChangePageBody {
  public:
    explicit ChangePageBody(std::size_t limit) : m_limit(limit) {}

    /// Takes the next change; false when the page is full: it has its number, or its bytes.
    [[nodiscard]] bool add(const data::Change &change);
    /// Ends the page. `address` is that of the first page, with a "?" and perhaps parameters; the link to the next page goes on from it.
    [[nodiscard]] std::string finish(const std::string &self, const std::string &address);
    [[nodiscard]] std::size_t count() const noexcept { return m_count; }

  private:
    std::size_t m_limit;
    std::size_t m_count = 0;
    bool m_is_full = false;
    std::string m_last_id;
    std::string m_body = R"({"type":"FeatureCollection","features":[)";
};

} // namespace keyaki::server
