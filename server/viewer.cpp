#include "server/viewer.hpp"

#include "server/access/scopes.hpp"
#include "server/http/problem.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace keyaki::server {

namespace {

/// The layers of the names, joined by commas, that are of a draft.
std::vector<std::string_view> layers_of_drafts(std::string_view names) {
    std::vector<std::string_view> layers;
    while (!names.empty()) {
        const std::size_t end = std::min(names.find(','), names.size());
        const std::string_view name = names.substr(0, end);
        if (name.ends_with("@draft") || name.ends_with("@diff")) {
            layers.push_back(name.substr(0, name.find('@')));
        }
        names.remove_prefix(std::min(end + 1, names.size()));
    }
    return layers;
}

bool is_staff_of(const access::Identity &who, std::string_view layer) {
    return access::permits(who.scopes, {"layers:write", "layers:publish"}, layer);
}

bool is_staff_somewhere(const access::Identity &who) { return access::permits_something(who.scopes, {"layers:write", "layers:publish"}); }

} // namespace

const Viewer::Found &Viewer::found() const {
    if (!m_found) {
        m_found = m_access.identify(m_request);
    }
    return *m_found;
}

bool Viewer::is_staff(std::string_view layer) const {
    if (!m_request.headers.contains("Authorization")) {
        return false;
    }
    const auto *who = std::get_if<access::Identity>(&found());
    return who != nullptr && is_staff_of(*who, layer);
}

std::optional<http::Response> Viewer::refuse_strangers() const {
    if (const auto *refusal = std::get_if<http::Response>(&found())) {
        return *refusal;
    }
    return is_staff_somewhere(std::get<access::Identity>(found())) ? std::nullopt : std::optional(m_access.refuse_scope(m_request));
}

http::Response Viewer::not_found(std::string_view names) const {
    for (const std::string_view layer : layers_of_drafts(names)) {
        if (const auto *refusal = std::get_if<http::Response>(&found())) {
            return *refusal;
        }
        if (!is_staff_of(std::get<access::Identity>(found()), layer)) {
            return m_access.refuse_scope(m_request);
        }
    }
    return http::problem(404, "Not Found", fmt::format("There is no {}layer or tileset \"{}\".", is_staff(names) ? "" : "public ", names));
}

} // namespace keyaki::server
