#include "server/web/glyphs/font.hpp"

#include "server/web/glyphs/distance_field.hpp"

#include <cmath>
#include <freetype/freetype.h>
#include <freetype/ftoutln.h>
#include <stdexcept>

namespace keyaki::server::web::glyphs {

namespace {

/// Pieces of one curve: at 24 pixels an em no piece of a letter's curve is then farther from it than a hundredth of a pixel.
constexpr int pieces_per_curve = 8;

/// What FreeType tells of an outline, piece by piece, in font units.
class Tracer {
  public:
    Tracer(Outline &outline, float pixels_per_unit) : m_outline(outline), m_pixels_per_unit(pixels_per_unit) {}

    void move_to(const FT_Vector &to) {
        close();
        m_first = m_last = point(to);
    }
    void line_to(const FT_Vector &to) { add(point(to)); }
    void conic_to(const FT_Vector &control, const FT_Vector &to) {
        // A quadratic curve is a cubic one whose controls lie two thirds of the way.
        const Point from = m_last;
        const Point middle = point(control);
        const Point end = point(to);
        cubic({from.x + (middle.x - from.x) * 2 / 3, from.y + (middle.y - from.y) * 2 / 3},
              {end.x + (middle.x - end.x) * 2 / 3, end.y + (middle.y - end.y) * 2 / 3}, end);
    }
    void cubic_to(const FT_Vector &first, const FT_Vector &second, const FT_Vector &to) { cubic(point(first), point(second), point(to)); }
    void close() {
        if (m_last.x != m_first.x || m_last.y != m_first.y) {
            add(m_first);
        }
    }

  private:
    [[nodiscard]] Point point(const FT_Vector &units) const {
        return {static_cast<float>(units.x) * m_pixels_per_unit, static_cast<float>(units.y) * m_pixels_per_unit};
    }
    void add(Point to) {
        m_outline.segments.push_back({m_last, to});
        m_last = to;
    }
    void cubic(Point first, Point second, Point end) {
        const Point from = m_last;
        for (int piece = 1; piece < pieces_per_curve; ++piece) {
            const float t = static_cast<float>(piece) / pieces_per_curve;
            const float s = 1 - t;
            const auto between = [&](float a, float b, float c, float d) {
                return s * s * s * a + 3 * s * s * t * b + 3 * s * t * t * c + t * t * t * d;
            };
            add({between(from.x, first.x, second.x, end.x), between(from.y, first.y, second.y, end.y)});
        }
        add(end);
    }

    Outline &m_outline;
    float m_pixels_per_unit;
    Point m_first;
    Point m_last;
};

void trace(FT_Outline &shape, Tracer &tracer, const std::string &file) {
    FT_Outline_Funcs calls{};
    calls.move_to = [](const FT_Vector *to, void *user) { return static_cast<Tracer *>(user)->move_to(*to), 0; };
    calls.line_to = [](const FT_Vector *to, void *user) { return static_cast<Tracer *>(user)->line_to(*to), 0; };
    calls.conic_to = [](const FT_Vector *control, const FT_Vector *to, void *user) {
        return static_cast<Tracer *>(user)->conic_to(*control, *to), 0;
    };
    calls.cubic_to = [](const FT_Vector *first, const FT_Vector *second, const FT_Vector *to, void *user) {
        return static_cast<Tracer *>(user)->cubic_to(*first, *second, *to), 0;
    };
    if (FT_Outline_Decompose(&shape, &calls, &tracer) != 0) {
        throw std::runtime_error(file + " has an outline that FreeType cannot take apart");
    }
    tracer.close();
}

FT_Face open_face(FT_Library library, const std::filesystem::path &file, FT_Long index) {
    FT_Face face = nullptr;
    if (const FT_Error failure = FT_New_Face(library, file.c_str(), index, &face); failure != 0) {
        throw std::runtime_error(file.string() + " is no font that FreeType reads: its error " + std::to_string(failure));
    }
    return face;
}

} // namespace

void Font::LibraryEnd::operator()(FT_LibraryRec_ *library) const { FT_Done_FreeType(library); }
void Font::FaceEnd::operator()(FT_FaceRec_ *face) const { FT_Done_Face(face); }

Font::Font(const std::filesystem::path &file, const std::string &family) {
    FT_Library library = nullptr;
    if (FT_Init_FreeType(&library) != 0) {
        throw std::runtime_error("FreeType does not start");
    }
    m_library.reset(library);
    std::string found;
    for (FT_Long index = 0, count = 1; index < count; ++index) {
        m_face.reset(open_face(library, file, index));
        count = m_face->num_faces;
        if (m_face->family_name == family) {
            return;
        }
        found += (found.empty() ? "" : ", ") + std::string(m_face->family_name);
    }
    throw std::runtime_error(file.string() + " holds " + found + ", expected " + family);
}

float Font::pixels(long font_units) const { return static_cast<float>(font_units) * em_pixels / static_cast<float>(m_face->units_per_EM); }

bool Font::has(char32_t character) const { return FT_Get_Char_Index(m_face.get(), character) != 0; }

std::vector<char32_t> Font::characters() const {
    std::vector<char32_t> found;
    FT_UInt glyph = 0;
    for (FT_ULong at = FT_Get_First_Char(m_face.get(), &glyph); glyph != 0; at = FT_Get_Next_Char(m_face.get(), at, &glyph)) {
        found.push_back(static_cast<char32_t>(at));
    }
    return found;
}

std::optional<Outline> Font::outline(char32_t character) const {
    const FT_UInt glyph = FT_Get_Char_Index(m_face.get(), character);
    if (glyph == 0) {
        return std::nullopt;
    }
    if (const FT_Error failure = FT_Load_Glyph(m_face.get(), glyph, FT_LOAD_NO_SCALE); failure != 0) {
        throw std::runtime_error(std::string(m_face->family_name) + " has a glyph " + std::to_string(glyph) +
                                 " that FreeType does not load: its error " + std::to_string(failure));
    }
    Outline outline;
    outline.advance = pixels(m_face->glyph->advance.x);
    Tracer tracer(outline, pixels(1));
    trace(m_face->glyph->outline, tracer, m_face->family_name);
    return outline;
}

int Font::ascender_pixels() const { return static_cast<int>(std::ceil(pixels(m_face->ascender))); }

} // namespace keyaki::server::web::glyphs
