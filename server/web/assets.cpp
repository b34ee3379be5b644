#include "server/web/assets.hpp"

#include <algorithm>
#include <array>

namespace keyaki::server::web {
namespace {

#include "embedded_assets.inc"

} // namespace

std::optional<Asset> find_asset(std::string_view path) noexcept {
    const auto found = std::ranges::lower_bound(embedded_assets, path, {}, &Asset::path);
    if (found == embedded_assets.end() || found->path != path) {
        return std::nullopt;
    }
    return *found;
}

std::span<const Asset> all_assets() noexcept { return embedded_assets; }

} // namespace keyaki::server::web
