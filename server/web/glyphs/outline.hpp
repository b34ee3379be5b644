#pragma once

#include <vector>

namespace keyaki::server::web::glyphs {

/// In pixels of a glyph's picture; x to the right, y up from the baseline.
struct Point {
    float x = 0;
    float y = 0;
};

struct Segment {
    Point from;
    Point to;
};

/// A character's shape: closed contours as straight pieces, filled where they wind around a place (non-zero), and how far the pen moves on.
struct Outline {
    std::vector<Segment> segments; ///< none for a blank
    float advance = 0;             ///< pixels
};

} // namespace keyaki::server::web::glyphs
