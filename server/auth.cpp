#include "server/auth.hpp"

#include "server/access/scopes.hpp"

#include <utility>

namespace keyaki::server {

std::string_view layer_of(const http::Request &request) noexcept {
    const std::string_view name = request.params.find("layer").value_or(std::string_view());
    return name.substr(0, name.find('@'));
}

Authorisation authorise(access::Access &access, const http::Request &request, std::initializer_list<std::string_view> any_of,
                        std::string_view layer) {
    auto found = access.identify(request);
    if (auto *refusal = std::get_if<http::Response>(&found)) {
        return {"", "", std::move(*refusal), {}};
    }
    auto &who = std::get<access::Identity>(found);
    if (!access::permits(who.scopes, any_of, layer)) {
        return {"", "", access.refuse_scope(request), {}};
    }
    return {std::move(who.client), std::move(who.author), std::nullopt, std::move(who.scopes)};
}

Authorisation authorise(access::Access &access, const http::Request &request, std::initializer_list<std::string_view> any_of) {
    return authorise(access, request, any_of, layer_of(request));
}

} // namespace keyaki::server
