#include "server/web/glyphs/wanted_characters.hpp"

#include <array>
#include <stdexcept>
#include <string>

#include <iconv.h>

namespace keyaki::server::web::glyphs {

namespace {

bool is_between(char32_t character, char32_t first, char32_t last) { return first <= character && character <= last; }

/// CJK Unified Ideographs with extension A and the compatibility ideographs, in the first plane.
bool is_ideograph(char32_t character) {
    return is_between(character, 0x3400, 0x4DBF) || is_between(character, 0x4E00, 0x9FFF) || is_between(character, 0xF900, 0xFAFF);
}

bool is_hangul(char32_t character) {
    return is_between(character, 0x1100, 0x11FF) || is_between(character, 0x3130, 0x318F) || is_between(character, 0xA960, 0xA97F) ||
           is_between(character, 0xAC00, 0xD7FF);
}

} // namespace

/// What the C library can write in an encoding.
class WantedCharacters::Charset {
  public:
    explicit Charset(const char *name) : m_converter(iconv_open(name, "UTF-32LE")) {
        if (m_converter == iconv_t(-1)) { // NOLINT(performance-no-int-to-ptr): how iconv says no
            throw std::runtime_error(std::string("iconv does not know ") + name);
        }
    }
    ~Charset() { iconv_close(m_converter); }
    Charset(const Charset &) = delete;
    Charset &operator=(const Charset &) = delete;

    [[nodiscard]] bool has(char32_t character) const {
        std::array<char, 4> from{static_cast<char>(character), static_cast<char>(character >> 8U), static_cast<char>(character >> 16U), '\0'};
        std::array<char, 8> into{};
        char *source = from.data();
        char *target = into.data();
        std::size_t unread = from.size();
        std::size_t room = into.size();
        iconv(m_converter, nullptr, nullptr, nullptr, nullptr); // forgets what it may have kept of the one before
        return iconv(m_converter, &source, &unread, &target, &room) == 0 && unread == 0;
    }

  private:
    iconv_t m_converter;
};

WantedCharacters::WantedCharacters() : m_jis(std::make_unique<Charset>("EUC-JISX0213")), m_windows(std::make_unique<Charset>("CP932")) {}
WantedCharacters::~WantedCharacters() = default;

bool WantedCharacters::has(char32_t character) const {
    if (is_hangul(character)) {
        return false;
    }
    // Above the first plane the font has rare ideographs and signs; of them, too, those of JIS X 0213.
    const bool is_counted = is_ideograph(character) || character > 0xFFFF;
    return !is_counted || m_jis->has(character) || m_windows->has(character);
}

} // namespace keyaki::server::web::glyphs
