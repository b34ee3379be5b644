#pragma once

#include "server/web/glyphs/outline.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct FT_LibraryRec_;
struct FT_FaceRec_;

namespace keyaki::server::web::glyphs {

/// One face of a font file, read by FreeType. For one thread at a time.
class Font {
  public:
    /// The face of this family ("Noto Sans CJK JP") in a file that may hold several. Throws std::runtime_error that names the file and the families
    /// in it when there is none.
    Font(const std::filesystem::path &file, const std::string &family);

    [[nodiscard]] bool has(char32_t character) const;
    /// Every character that the face has, in order.
    [[nodiscard]] std::vector<char32_t> characters() const;
    /// Unhinted, at em_pixels; curves as straight pieces that keep within a hundredth of a pixel. Nothing for a character that it does not have.
    [[nodiscard]] std::optional<Outline> outline(char32_t character) const;
    /// From the baseline to the upper edge of a line of text, whole pixels at em_pixels, rounded up as FreeType rounds it.
    [[nodiscard]] int ascender_pixels() const;

  private:
    struct LibraryEnd {
        void operator()(FT_LibraryRec_ *library) const;
    };
    struct FaceEnd {
        void operator()(FT_FaceRec_ *face) const;
    };

    [[nodiscard]] float pixels(long font_units) const;

    std::unique_ptr<FT_LibraryRec_, LibraryEnd> m_library;
    std::unique_ptr<FT_FaceRec_, FaceEnd> m_face;
};

} // namespace keyaki::server::web::glyphs
