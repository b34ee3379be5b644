#pragma once

#include "geo/fence_index.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace keyaki::tiles {

class SnapshotPart;

/// The fences that a part's features describe (geo::Fence::of_feature), ready to be asked. Immutable.
class PartFences {
  public:
    explicit PartFences(const SnapshotPart &part);

    [[nodiscard]] const geo::FenceIndex &index() const noexcept { return m_index; }
    /// The part's feature behind a fence of index().
    [[nodiscard]] std::uint32_t feature_of(std::uint32_t fence) const noexcept { return m_features[fence]; }
    /// Features whose description cannot be a fence, such as a radius of nothing; and what is wrong with the first.
    [[nodiscard]] std::size_t refused() const noexcept { return m_refused; }
    [[nodiscard]] const std::string &first_refusal() const noexcept { return m_first_refusal; }
    [[nodiscard]] std::size_t memory_bytes() const noexcept { return m_index.memory_bytes() + m_features.capacity() * sizeof(std::uint32_t); }

  private:
    geo::FenceIndex m_index;
    std::vector<std::uint32_t> m_features; ///< by fence
    std::size_t m_refused = 0;
    std::string m_first_refusal;
};

} // namespace keyaki::tiles
