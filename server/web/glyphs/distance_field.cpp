#include "server/web/glyphs/distance_field.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace keyaki::server::web::glyphs {

namespace {

/// Farther outside than this a byte is 0 whatever the distance.
constexpr float reach_pixels = radius_pixels * (1 - inside_share);

/// The pixels of a picture with their squared distances so far; (0, 0) is its upper left corner.
class Canvas {
  public:
    Canvas(int left, int top, int width, int height)
        : m_left(static_cast<float>(left)), m_top(static_cast<float>(top)), m_width(width), m_height(height),
          m_squared(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), reach_pixels * reach_pixels) {}

    /// Pixels that the segment cannot reach are not looked at.
    void take(const Segment &segment) {
        const auto [west, east] = std::minmax(segment.from.x, segment.to.x);
        const auto [south, north] = std::minmax(segment.from.y, segment.to.y);
        const int first_column = std::max(0, column_of(west - reach_pixels));
        const int last_column = std::min(m_width - 1, column_of(east + reach_pixels));
        const int first_row = std::max(0, row_of(north + reach_pixels));
        const int last_row = std::min(m_height - 1, row_of(south - reach_pixels));
        const float along_x = segment.to.x - segment.from.x;
        const float along_y = segment.to.y - segment.from.y;
        const float length_squared = along_x * along_x + along_y * along_y;
        for (int row = first_row; row <= last_row; ++row) {
            const float y = middle_y(row) - segment.from.y;
            for (int column = first_column; column <= last_column; ++column) {
                const float x = middle_x(column) - segment.from.x;
                const float share = length_squared > 0 ? std::clamp((x * along_x + y * along_y) / length_squared, 0.0F, 1.0F) : 0.0F;
                const float away_x = x - share * along_x;
                const float away_y = y - share * along_y;
                float &squared = m_squared[index(row, column)];
                squared = std::min(squared, away_x * away_x + away_y * away_y);
            }
        }
    }

    /// The picture: distances inside of the outline are negative.
    [[nodiscard]] std::string bytes(const Outline &outline) const {
        std::string bitmap(m_squared.size(), '\0');
        std::vector<Crossing> crossings;
        for (int row = 0; row < m_height; ++row) {
            find_crossings(outline, middle_y(row), crossings);
            int winding = 0;
            std::size_t passed = 0;
            for (int column = 0; column < m_width; ++column) {
                for (; passed < crossings.size() && crossings[passed].x <= middle_x(column); ++passed) {
                    winding += crossings[passed].turn;
                }
                const float distance = std::sqrt(m_squared[index(row, column)]);
                bitmap[index(row, column)] = byte_of(winding == 0 ? distance : -distance);
            }
        }
        return bitmap;
    }

  private:
    struct Crossing {
        float x = 0;
        int turn = 0;
    };

    /// Where the outline crosses a line from west to east, in that order. An end on the line belongs to the half above it, so each crossing counts
    /// once.
    static void find_crossings(const Outline &outline, float y, std::vector<Crossing> &crossings) {
        crossings.clear();
        for (const Segment &segment : outline.segments) {
            const bool is_below = segment.from.y <= y;
            if (is_below == (segment.to.y <= y)) {
                continue;
            }
            const float share = (y - segment.from.y) / (segment.to.y - segment.from.y);
            crossings.push_back({segment.from.x + share * (segment.to.x - segment.from.x), is_below ? 1 : -1});
        }
        std::sort(crossings.begin(), crossings.end(), [](const Crossing &left, const Crossing &right) { return left.x < right.x; });
    }

    static char byte_of(float distance) {
        const float share = 1 - (distance / radius_pixels + inside_share);
        return static_cast<char>(static_cast<std::uint8_t>(std::lround(255 * std::clamp(share, 0.0F, 1.0F))));
    }

    [[nodiscard]] float middle_x(int column) const { return m_left + static_cast<float>(column) + 0.5F; }
    [[nodiscard]] float middle_y(int row) const { return m_top - static_cast<float>(row) - 0.5F; }
    [[nodiscard]] int column_of(float x) const { return static_cast<int>(std::floor(x - m_left)); }
    [[nodiscard]] int row_of(float y) const { return static_cast<int>(std::floor(m_top - y)); }
    [[nodiscard]] std::size_t index(int row, int column) const {
        return static_cast<std::size_t>(row) * static_cast<std::size_t>(m_width) + static_cast<std::size_t>(column);
    }

    float m_left;
    float m_top;
    int m_width;
    int m_height;
    std::vector<float> m_squared;
};

} // namespace

DistanceField distance_field(const Outline &outline) {
    if (outline.segments.empty()) {
        return {};
    }
    Point least = outline.segments.front().from;
    Point most = least;
    for (const Segment &segment : outline.segments) {
        least = {std::min({least.x, segment.from.x, segment.to.x}), std::min({least.y, segment.from.y, segment.to.y})};
        most = {std::max({most.x, segment.from.x, segment.to.x}), std::max({most.y, segment.from.y, segment.to.y})};
    }
    DistanceField field;
    field.left = static_cast<int>(std::floor(least.x));
    field.top = static_cast<int>(std::ceil(most.y));
    field.width = static_cast<int>(std::ceil(most.x)) - field.left;
    field.height = field.top - static_cast<int>(std::floor(least.y));
    Canvas canvas(field.left - border_pixels, field.top + border_pixels, field.width + 2 * border_pixels, field.height + 2 * border_pixels);
    for (const Segment &segment : outline.segments) {
        canvas.take(segment);
    }
    field.bitmap = canvas.bytes(outline);
    return field;
}

} // namespace keyaki::server::web::glyphs
