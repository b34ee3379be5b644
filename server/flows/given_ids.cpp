#include "server/flows/given_ids.hpp"

#include "data/sha256.hpp"
#include "server/geojson.hpp"

#include <fmt/format.h>

#include <string>

namespace keyaki::server {

void GivenIds::give(geo::Feature &feature) {
    if (!feature.id.empty()) {
        return;
    }
    std::string content;
    append_feature(content, feature);
    const data::Hash hash = data::sha256(content);
    std::uint64_t short_hash = 0;
    for (std::size_t i = 0; i < 8; ++i) {
        short_hash = short_hash << 8U | hash[i];
    }
    const std::uint32_t times = ++m_seen[short_hash];
    feature.id = times == 1 ? fmt::format("{:016x}", short_hash) : fmt::format("{:016x}-{}", short_hash, times);
}

} // namespace keyaki::server
