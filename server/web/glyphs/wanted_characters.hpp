#pragma once

#include <memory>

namespace keyaki::server::web::glyphs {

/// Which characters of a font get glyphs: all but ideographs and Hangul, and of the ideographs those that Japanese text has. These are the ones of
/// JIS X 0208 and 0213 (levels 1 to 4), and the few more that Windows has (CP932: 髙 and 﨑 of shop signs), which is how cities' files come.
/// For one thread at a time.
class WantedCharacters {
  public:
    WantedCharacters();
    ~WantedCharacters();
    WantedCharacters(const WantedCharacters &) = delete;
    WantedCharacters &operator=(const WantedCharacters &) = delete;

    [[nodiscard]] bool has(char32_t character) const;

  private:
    class Charset;
    std::unique_ptr<const Charset> m_jis;
    std::unique_ptr<const Charset> m_windows;
};

} // namespace keyaki::server::web::glyphs
