#pragma once

#include "server/imports/feature_matching.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace keyaki::server::imports {

/// What tells which published feature a refused row would have been.
struct LostFeature {
    std::string id;       ///< empty: the file has none, or ids do not count
    std::string name_key; ///< importers::name_key; empty: none, or names do not count
    std::uint64_t row = 0;
};

/// Published features that a new list names in rows that were refused. That a row cannot be taken does not say that the shelter is closed: a list
/// that replaces the layer leaves such features as they are.
class LostRows {
  public:
    /// Past max_lost_rows or max_lost_bytes it forgets them all and is too many for good.
    void add(LostFeature &&row);
    [[nodiscard]] bool are_too_many() const noexcept { return m_are_too_many; }
    [[nodiscard]] bool are_none() const noexcept { return m_rows.empty(); }

    struct Kept {
        std::size_t known = 0; ///< place among the matcher's known features
        std::uint64_t row = 0;
    };
    struct Resolved {
        std::vector<Kept> kept;            ///< each known feature once
        std::vector<std::uint64_t> untold; ///< rows whose id and name, where they have them, are no known feature's: any could be theirs
    };
    /// Once every good row has found its feature: by id, else (or where a good row has that id too) every feature of the row's name that no row has,
    /// since the refused one does not say which of them it is.
    [[nodiscard]] Resolved resolve(const FeatureMatcher &matcher) const;
    [[nodiscard]] const std::vector<LostFeature> &rows() const noexcept { return m_rows; }

  private:
    std::vector<LostFeature> m_rows;
    std::size_t m_bytes = 0;
    bool m_are_too_many = false;
};

} // namespace keyaki::server::imports
