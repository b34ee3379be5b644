#include "tiles/line_joiner.hpp"

#include <algorithm>
#include <cmath>

namespace keyaki::tiles {

namespace {

double distance_to_segment(TilePoint point, TilePoint a, TilePoint b) {
    const double dx = static_cast<double>(b.x) - a.x;
    const double dy = static_cast<double>(b.y) - a.y;
    const double px = static_cast<double>(point.x) - a.x;
    const double py = static_cast<double>(point.y) - a.y;
    const double squared = dx * dx + dy * dy;
    const double share = squared == 0 ? 0 : std::clamp((px * dx + py * dy) / squared, 0.0, 1.0);
    return std::hypot(px - share * dx, py - share * dy);
}

} // namespace

void LineJoiner::link(const TilePaths &lines, bool has_direction) {
    m_ends.clear();
    for (std::uint32_t line = 0; line < lines.size(); ++line) {
        const auto path = lines.path(line);
        m_ends.push_back({path.front(), 2 * line});
        m_ends.push_back({path.back(), 2 * line + 1});
    }
    std::sort(m_ends.begin(), m_ends.end(), [](const End &a, const End &b) {
        return a.point.x != b.point.x ? a.point.x < b.point.x : a.point.y != b.point.y ? a.point.y < b.point.y : a.end < b.end;
    });
    m_links.assign(2 * lines.size(), nothing);
    for (std::size_t begin = 0, end = 0; begin < m_ends.size(); begin = end) {
        for (end = begin; end < m_ends.size() && m_ends[end].point == m_ends[begin].point;) {
            ++end;
        }
        if (end - begin != 2) {
            continue; // an end, or a fork
        }
        const std::uint32_t one = m_ends[begin].end;
        const std::uint32_t other = m_ends[begin + 1].end;
        const bool is_same_line = one / 2 == other / 2;
        if (!is_same_line && (!has_direction || one % 2 != other % 2)) {
            m_links[one] = other;
            m_links[other] = one;
        }
    }
}

void LineJoiner::follow(const TilePaths &lines, std::uint32_t end, double joint_tolerance_units, TilePaths &joined) {
    m_line.clear();
    m_joints.clear();
    while (end != nothing && m_taken[end / 2] == 0) { // `end` is where the next line begins
        m_taken[end / 2] = 1;
        const auto path = lines.path(end / 2);
        const bool is_turned = end % 2 == 1;
        if (!m_line.empty()) {
            m_joints.push_back(m_line.size() - 1);
            m_line.pop_back();
        }
        if (is_turned) {
            m_line.insert(m_line.end(), path.rbegin(), path.rend());
        } else {
            m_line.insert(m_line.end(), path.begin(), path.end());
        }
        end = m_links[end ^ 1U];
    }
    append_line(joint_tolerance_units, joined);
}

/// m_line without the joints that may go. Those that have gone are looked at again with each that follows, or a bend of many joints would be cut off
/// step by step; they are different points near one line of a tile, which bounds their number.
void LineJoiner::append_line(double joint_tolerance_units, TilePaths &joined) {
    std::size_t next_joint = 0;
    m_gone.clear();
    const std::size_t first = joined.points.size();
    for (std::size_t index = 0; index < m_line.size(); ++index) {
        if (next_joint < m_joints.size() && m_joints[next_joint] == index) {
            ++next_joint;
            m_gone.push_back(m_line[index]);
            const bool may_go = std::all_of(m_gone.begin(), m_gone.end(), [&](TilePoint gone) {
                return distance_to_segment(gone, joined.points.back(), m_line[index + 1]) <= joint_tolerance_units;
            });
            if (may_go) {
                continue;
            }
        }
        m_gone.clear();
        if (joined.points.size() == first || joined.points.back() != m_line[index]) {
            joined.points.push_back(m_line[index]);
        }
    }
    if (joined.points.size() >= first + 2) {
        joined.end_path();
    } else {
        joined.points.resize(first); // there and back again
    }
}

void LineJoiner::join(const TilePaths &lines, bool has_direction, double joint_tolerance_units, TilePaths &joined) {
    link(lines, has_direction);
    m_taken.assign(lines.size(), 0);
    for (std::uint32_t line = 0; line < lines.size(); ++line) {
        if (m_taken[line] != 0) {
            continue;
        }
        // Back to where the chain begins, or all the way round. A chain of directed lines begins at a first point.
        std::uint32_t end = 2 * line;
        for (std::uint32_t before = m_links[end]; before != nothing && before / 2 != line;) {
            end = before ^ 1U;
            before = m_links[end];
        }
        follow(lines, end, joint_tolerance_units, joined);
    }
}

} // namespace keyaki::tiles
