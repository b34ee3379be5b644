#include "server/viewer.hpp"

#include "server/auth.hpp"
#include "server/http/problem.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace keyaki::server {

namespace {

/// Whether one of the names, joined by commas, is of a draft.
bool name_a_draft(std::string_view names) {
    while (!names.empty()) {
        const std::size_t end = std::min(names.find(','), names.size());
        const std::string_view name = names.substr(0, end);
        if (name.ends_with("@draft") || name.ends_with("@diff")) {
            return true;
        }
        names.remove_prefix(std::min(end + 1, names.size()));
    }
    return false;
}

} // namespace

const std::optional<http::Response> &Viewer::refusal() const {
    if (!m_is_known) {
        m_refusal = authorise(m_store, m_request, {"layers:write", "layers:publish"}).refusal;
        m_is_known = true;
    }
    return m_refusal;
}

bool Viewer::is_staff(std::string_view /*layer*/) const { return m_request.headers.contains("Authorization") && !refusal(); }

http::Response Viewer::not_found(std::string_view names) const {
    if (name_a_draft(names) && refusal()) {
        return *refusal();
    }
    return http::problem(404, "Not Found", fmt::format("There is no {}layer or tileset \"{}\".", is_staff(names) ? "" : "public ", names));
}

} // namespace keyaki::server
