#pragma once

#include "geo/feature.hpp"

#include <cstdint>
#include <unordered_map>

namespace keyaki::server {

/// Ids for features whose source has none: made from the content, so that the same row has the same id in the next import, wherever it stands.
/// Rows that are the same in everything are numbered in their order. Memory: about 40 bytes a feature.
class GivenIds {
  public:
    /// Sets feature.id where it is empty.
    void give(geo::Feature &feature);

  private:
    std::unordered_map<std::uint64_t, std::uint32_t> m_seen;
};

} // namespace keyaki::server
