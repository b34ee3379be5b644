#pragma once

#include "geo/tile_id.hpp"
#include "tiles/mvt_reader.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::tiles {

/// What many tiles hold and which rules of MVT 2.1 they break, added up. One thread; surveys of several threads are put together by add().
class TileSurvey {
  public:
    struct Zoom {
        std::uint64_t tiles = 0;
        std::uint64_t bytes = 0; ///< unpacked
        std::uint64_t largest_bytes = 0;
        std::uint64_t features = 0;
        std::array<std::uint64_t, 4> features_by_type{}; ///< by MvtGeometryType: unknown, point, line string, polygon
        std::uint64_t violations = 0;                    ///< of what MUST hold
        std::uint64_t warnings = 0;                      ///< of what SHOULD hold

        void add(const Zoom &other);
    };
    struct Finding {
        std::string where; ///< the tile's file or address
        MvtFinding finding;
        std::string standard = "MVT 2.1"; ///< whose clause it is
    };

    /// Reads an uncompressed tile and counts it under its zoom. Never throws for what a tile holds.
    void survey(std::string_view bytes, int zoom, const std::string &where);
    /// A finding of the container: a file that cannot be unpacked, a tile that is not in the pyramid.
    void note(int zoom, Finding finding);
    void add(const TileSurvey &other);

    [[nodiscard]] const std::map<int, Zoom> &zooms() const noexcept { return m_zooms; }
    [[nodiscard]] Zoom total() const;
    /// Names of the tiles' layers; the first max_layer_names_kept.
    [[nodiscard]] const std::set<std::string> &layers() const noexcept { return m_layers; }
    /// The first max_findings_kept, in the order in which they came.
    [[nodiscard]] const std::vector<Finding> &findings() const noexcept { return m_findings; }

  private:
    void see_layer(const std::string &name);

    std::map<int, Zoom> m_zooms;
    std::set<std::string> m_layers;
    std::vector<Finding> m_findings;
};

} // namespace keyaki::tiles
