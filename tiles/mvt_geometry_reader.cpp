#include "tiles/mvt_geometry_reader.hpp"

#include "tiles/polygon_repair.hpp"

#include <optional>
#include <protozero/varint.hpp>

namespace keyaki::tiles {

namespace {

constexpr std::uint32_t move_to = 1;
constexpr std::uint32_t line_to = 2;
constexpr std::uint32_t close_path = 7;

/// One feature's commands, read in order; the first broken rule of the encoding ends the reading.
class CommandReader {
  public:
    CommandReader(const std::vector<std::uint32_t> &commands, const std::string &place, TilePaths &paths, std::vector<MvtFinding> &findings)
        : m_commands(commands), m_place(place), m_paths(paths), m_findings(findings) {}

    bool points() {
        // 4.3.4.2: a single MoveTo with a count above 0.
        const auto count = command(move_to, "4.3.4.2");
        if (!count || !positions(*count, false, "4.3.4.2")) {
            return false;
        }
        m_paths.end_path();
        return m_next == m_commands.size() || fail("4.3.4.2", "a point's geometry is one MoveTo, but more follows it");
    }

    bool lines() {
        // 4.3.4.3: (MoveTo 1, LineTo > 0), once or more.
        do {
            if (!path("4.3.4.3", 1)) {
                return false;
            }
            m_paths.end_path();
        } while (m_next < m_commands.size());
        return true;
    }

    bool rings() {
        // 4.3.4.4: (MoveTo 1, LineTo > 1, ClosePath 1), once or more.
        do {
            if (!path("4.3.4.4", 2) || !command(close_path, "4.3.4.4", 1)) {
                return false;
            }
            const std::size_t begin = m_paths.begin_of(m_paths.size());
            if (m_paths.points[begin] == m_paths.points.back()) {
                return fail("4.3.4.4", "the last position of a ring repeats its first, which ClosePath does");
            }
            m_paths.end_path();
        } while (m_next < m_commands.size());
        return true;
    }

  private:
    bool fail(const std::string &clause, const std::string &what) {
        m_findings.push_back({true, clause, m_place + ": " + what});
        return false;
    }

    /// The count of the next command, which must be `id` and, where that is given, have `wanted` as its count.
    std::optional<std::size_t> command(std::uint32_t id, const std::string &clause, std::size_t wanted = 0) {
        if (m_next == m_commands.size()) {
            fail(clause, "expected command " + std::to_string(id) + ", found the end of the geometry");
            return std::nullopt;
        }
        const std::uint32_t found = m_commands[m_next] & 7U;
        const std::size_t count = m_commands[m_next] >> 3;
        ++m_next;
        if (found != id || count == 0 || (wanted != 0 && count != wanted)) {
            fail(clause, "expected command " + std::to_string(id) + " with a count of " + (wanted == 0 ? "1 or more" : std::to_string(wanted)) +
                             ", found command " + std::to_string(found) + " with a count of " + std::to_string(count));
            return std::nullopt;
        }
        return count;
    }

    bool positions(std::size_t count, bool is_line_to, const std::string &clause) {
        if (count > (m_commands.size() - m_next) / 2) {
            return fail(clause, "a command has a count of " + std::to_string(count) + ", but " + std::to_string(m_commands.size() - m_next) +
                                    " parameters follow, two a position");
        }
        for (std::size_t position = 0; position < count; ++position, m_next += 2) {
            if (is_line_to && m_commands[m_next] == 0 && m_commands[m_next + 1] == 0) {
                return fail("4.3.3.2", "a LineTo goes nowhere (0, 0)");
            }
            // Sums wrap as 32-bit numbers do: a position past them is odd, not forbidden.
            m_x += static_cast<std::uint32_t>(protozero::decode_zigzag32(m_commands[m_next]));
            m_y += static_cast<std::uint32_t>(protozero::decode_zigzag32(m_commands[m_next + 1]));
            m_paths.points.push_back({static_cast<std::int32_t>(m_x), static_cast<std::int32_t>(m_y)});
        }
        return true;
    }

    bool path(const std::string &clause, std::size_t least) {
        if (!command(move_to, clause, 1) || !positions(1, false, clause)) {
            return false;
        }
        const auto count = command(line_to, clause);
        if (count && *count < least) {
            return fail(clause, "a ring has at least two LineTo positions, found " + std::to_string(*count));
        }
        return count && positions(*count, true, clause);
    }

    const std::vector<std::uint32_t> &m_commands;
    const std::string &m_place;
    TilePaths &m_paths;
    std::vector<MvtFinding> &m_findings;
    std::size_t m_next = 0;
    std::uint32_t m_x = 0;
    std::uint32_t m_y = 0;
};

/// 4.3.4.4: an exterior ring first, holes behind theirs, each polygon valid.
void check_polygons(const TilePaths &rings, const std::string &place, std::vector<MvtFinding> &findings) {
    TilePaths polygon;
    const auto end_polygon = [&] {
        if (polygon.size() > 0 && !is_valid_polygon(polygon)) {
            findings.push_back({true, "4.3.4.4", place + ": a polygon's rings cross or touch themselves or each other, or a hole lies outside"});
        }
        polygon.clear();
    };
    for (std::size_t path = 0; path < rings.size(); ++path) {
        const auto ring = rings.path(path);
        const std::int64_t area = doubled_area(ring);
        if (area == 0) {
            findings.push_back({false, "4.3.4.4", place + ": ring " + std::to_string(path) + " has no area"});
            continue;
        }
        if (area > 0) {
            end_polygon();
        } else if (polygon.size() == 0) {
            findings.push_back(
                {true, "4.3.4.4",
                 place + ": expected an exterior ring (positive area) first, found ring " + std::to_string(path) + " with negative area"});
            continue;
        }
        polygon.points.insert(polygon.points.end(), ring.begin(), ring.end());
        polygon.end_path();
    }
    end_polygon();
}

} // namespace

void read_mvt_geometry(const std::vector<std::uint32_t> &commands, std::uint32_t version, const std::string &place, MvtFeature &feature,
                       std::vector<MvtFinding> &findings) {
    CommandReader reader(commands, place, feature.paths, findings);
    switch (feature.type) {
    case MvtGeometryType::unknown: break; // 4.3.4.1: whatever it holds
    case MvtGeometryType::point: (void)reader.points(); break;
    case MvtGeometryType::line_string: (void)reader.lines(); break;
    case MvtGeometryType::polygon:
        if (reader.rings() && version >= 2) {
            check_polygons(feature.paths, place, findings);
        }
        break;
    }
}

} // namespace keyaki::tiles
