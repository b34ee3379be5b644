#include "server/web/glyphs/distance_field.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <vector>

using namespace keyaki::server::web::glyphs;

namespace {

/// A closed contour through these points.
void add_contour(Outline &outline, const std::vector<Point> &points) {
    for (std::size_t at = 0; at < points.size(); ++at) {
        outline.segments.push_back({points[at], points[(at + 1) % points.size()]});
    }
}

Outline square() {
    Outline outline;
    add_contour(outline, {{2, 1}, {12, 1}, {12, 11}, {2, 11}});
    return outline;
}

/// The byte at a place of the glyph's own pixels: (0, 0) is the upper left one without the border.
int byte_at(const DistanceField &field, int column, int row) {
    const int width = field.width + 2 * border_pixels;
    return static_cast<unsigned char>(field.bitmap.at(static_cast<std::size_t>((row + border_pixels) * width + column + border_pixels)));
}

/// What the format says of a distance outside of the outline, in pixels.
int byte_of(double outside) { return static_cast<int>(std::lround(255 * (1 - outside / 8 - 0.25))); }

} // namespace

TEST_CASE("a square's picture has its size, its place and a border of three pixels") {
    const DistanceField field = distance_field(square());
    CHECK(field.width == 10);
    CHECK(field.height == 10);
    CHECK(field.left == 2);
    CHECK(field.top == 11);
    CHECK(field.bitmap.size() == 16 * 16);
}

TEST_CASE("each pixel holds the distance of its middle to the outline, inside above 191 and outside below") {
    const DistanceField field = distance_field(square());
    CHECK(byte_at(field, 0, 5) == byte_of(-0.5));
    CHECK(byte_at(field, -1, 5) == byte_of(0.5));
    CHECK(byte_at(field, -3, 5) == byte_of(2.5));
    CHECK(byte_at(field, 12, 5) == byte_of(2.5));
    CHECK(byte_at(field, 1, 5) == byte_of(-1.5));
    CHECK(byte_at(field, 5, 5) == 255); // more than two pixels inside is as far as a byte tells
    CHECK(byte_at(field, -3, -3) == byte_of(std::hypot(2.5, 2.5)));
}

TEST_CASE("a contour the other way round is a hole") {
    Outline ring = square();
    add_contour(ring, {{5, 4}, {5, 8}, {9, 8}, {9, 4}});
    const DistanceField field = distance_field(ring);
    CHECK(byte_at(field, 3, 3) == byte_of(0.5)); // just inside of the hole
    CHECK(byte_at(field, 2, 3) == byte_of(-0.5));
    CHECK(byte_at(field, 4, 4) == byte_of(1.5));
}

TEST_CASE("contours that overlap are filled where they do, as the non-zero rule says") {
    Outline cross;
    add_contour(cross, {{0, 4}, {12, 4}, {12, 8}, {0, 8}});
    add_contour(cross, {{4, 0}, {8, 0}, {8, 12}, {4, 12}});
    CHECK(byte_at(distance_field(cross), 5, 5) > 191);
}

TEST_CASE("a blank has no picture") {
    const DistanceField field = distance_field({});
    CHECK(field.width == 0);
    CHECK(field.height == 0);
    CHECK(field.bitmap.empty());
}
