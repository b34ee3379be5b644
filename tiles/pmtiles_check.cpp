#include "tiles/pmtiles_check.hpp"

#include "geo/error.hpp"
#include "tiles/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace keyaki::tiles {

namespace {

constexpr const char *header_section = "Header Design";

class Check {
  public:
    explicit Check(const PmtilesReader &reader) : m_reader(reader), m_header(reader.header()) {}

    PmtilesContents run() {
        check_sections();
        check_place();
        read_entries();
        if (m_result.unreadable.empty()) {
            check_counts();
            check_zooms();
        }
        if (m_header.tile_type != PmtilesTileType::mvt) {
            note(true, header_section, fmt::format("expected the tile type MVT, found {}", name_of(m_header.tile_type)));
        }
        const auto of_metadata = check_vector_layers(m_reader.metadata(), "Metadata");
        m_result.findings.insert(m_result.findings.end(), of_metadata.begin(), of_metadata.end());
        return std::move(m_result);
    }

  private:
    void note(bool is_error, const char *section, std::string sentence) { m_result.findings.push_back({is_error, section, std::move(sentence)}); }

    void check_sections() {
        std::vector<ByteRange> sections{{0, pmtiles_header_bytes}, m_header.root, m_header.metadata, m_header.leaves, m_header.tiles};
        std::erase_if(sections, [](const ByteRange &range) { return range.length == 0; });
        std::sort(sections.begin(), sections.end(), [](const ByteRange &one, const ByteRange &other) { return one.offset < other.offset; });
        for (std::size_t next = 1; next < sections.size(); ++next) {
            const ByteRange &before = sections[next - 1];
            if (sections[next].offset < before.offset + before.length) {
                note(true, header_section,
                     fmt::format("expected sections apart from each other, found one at {} within the {} bytes from {}", sections[next].offset,
                                 before.length, before.offset));
            }
        }
        if (m_header.root.offset + m_header.root.length >= pmtiles_head_bytes) {
            note(true, "Directory Hierarchy",
                 fmt::format("expected header and root directory under {} bytes, found the root's end at {}", pmtiles_head_bytes,
                             m_header.root.offset + m_header.root.length));
        }
    }

    void check_place() {
        const geo::LonLatBox &box = m_header.bounds;
        if (box.west_deg == box.east_deg || box.south_deg == box.north_deg) {
            note(false, header_section, "expected bounds with an area, found none: clients may show nothing");
        } else if (!box.contains(m_header.center)) {
            note(false, header_section, "expected the centre within the bounds, found it outside");
        }
        if (m_header.center_zoom < m_header.zoom_min || m_header.center_zoom > m_header.zoom_max) {
            note(false, header_section,
                 fmt::format("expected the centre's zoom within {} to {}, found {}", m_header.zoom_min, m_header.zoom_max, m_header.center_zoom));
        }
    }

    void read_entries() {
        try {
            m_reader.for_each_entry([this](const PmtilesEntry &entry) { see(entry); });
        } catch (const geo::Error &error) {
            if (error.kind() != geo::ErrorKind::invalid_input) {
                throw;
            }
            m_result.unreadable = error.what();
            note(true, "Entries", error.what());
        }
    }

    void see(const PmtilesEntry &entry) {
        if (m_result.tile_entries == max_archive_entries) {
            throw geo::Error(geo::ErrorKind::too_large, fmt::format("expected an archive of at most {} entries, found more", max_archive_entries));
        }
        ++m_result.tile_entries;
        m_result.addressed_tiles += entry.run_length;
        m_first_id = m_result.tile_entries == 1 ? entry.id : m_first_id;
        m_end_id = entry.id + entry.run_length;
        if (!m_known.insert(entry.offset).second) {
            return;
        }
        if (m_header.is_clustered && entry.offset != m_end_of_data && !m_is_unordered) {
            m_is_unordered = true; // once: all that follow are displaced
            note(true, header_section,
                 fmt::format("expected a clustered archive's tiles in the order of their ids, found tile {} at {} instead of {}", entry.id,
                             entry.offset, m_end_of_data));
        }
        m_end_of_data = entry.offset + entry.length;
        m_result.contents.push_back(entry);
    }

    void check_counts() {
        const auto compare = [this](const char *what, std::uint64_t said, std::uint64_t found) {
            if (said != 0 && said != found) { // 0: not known
                note(true, header_section, fmt::format("expected {} {}, as the header says, found {}", said, what, found));
            }
        };
        compare("addressed tiles", m_header.addressed_tiles, m_result.addressed_tiles);
        compare("tile entries", m_header.tile_entries, m_result.tile_entries);
        compare("tile contents", m_header.tile_contents, m_result.contents.size());
    }

    void check_zooms() {
        if (m_result.tile_entries == 0) {
            return;
        }
        const int first = geo::tile_of_hilbert_id(m_first_id)->z;
        const int last = geo::tile_of_hilbert_id(m_end_id - 1)->z;
        if (first != m_header.zoom_min || last != m_header.zoom_max) {
            const bool is_hidden = first < m_header.zoom_min || last > m_header.zoom_max; // what is outside is never asked for
            note(is_hidden, header_section,
                 fmt::format("expected zooms {} to {}, as the header says, found tiles of {} to {}", m_header.zoom_min, m_header.zoom_max, first,
                             last));
        }
    }

    const PmtilesReader &m_reader;
    const PmtilesHeader &m_header;
    PmtilesContents m_result;
    std::unordered_set<std::uint64_t> m_known; ///< offsets
    std::uint64_t m_end_of_data = 0;
    std::uint64_t m_first_id = 0;
    std::uint64_t m_end_id = 0;
    bool m_is_unordered = false;
};

} // namespace

PmtilesContents check_pmtiles(const PmtilesReader &reader) { return Check(reader).run(); }

} // namespace keyaki::tiles
