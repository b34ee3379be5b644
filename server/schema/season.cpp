#include "server/schema/season.hpp"

#include <array>
#include <cstddef>

namespace keyaki::server::schema {

namespace {

constexpr std::size_t max_ranges = 12;
constexpr std::string_view all_year = "通年";
constexpr std::array<std::string_view, 3> thirds{"上旬", "中旬", "下旬"};

/// Reads the text from left to right.
class Reader {
  public:
    explicit Reader(std::string_view text) : m_rest(text) {}

    [[nodiscard]] bool is_done() {
        skip_blanks();
        return m_rest.empty();
    }
    bool take(std::string_view token) {
        skip_blanks();
        if (!m_rest.starts_with(token)) {
            return false;
        }
        m_rest.remove_prefix(token.size());
        return true;
    }
    bool take_dash() { return take_any({"〜", "～", "~", "-", "－", "–", "—", "ー", "から"}); }
    bool take_comma() { return take_any({"、", ",", "，", "・", "･"}); }

    /// ASCII and full-width digits, at most two.
    std::optional<int> take_number() {
        skip_blanks();
        int number = 0;
        int digits = 0;
        while (digits < 2) {
            const auto digit = take_digit();
            if (!digit) {
                break;
            }
            number = number * 10 + *digit;
            ++digits;
        }
        return digits == 0 ? std::nullopt : std::optional(number);
    }

  private:
    void skip_blanks() {
        while (true) {
            if (m_rest.starts_with(' ')) {
                m_rest.remove_prefix(1);
            } else if (constexpr std::string_view wide = "　"; m_rest.starts_with(wide)) {
                m_rest.remove_prefix(wide.size());
            } else {
                return;
            }
        }
    }
    template <std::size_t Count>
    bool take_any(const std::string_view (&tokens)[Count]) {
        for (const std::string_view token : tokens) {
            if (take(token)) {
                return true;
            }
        }
        return false;
    }
    std::optional<int> take_digit() {
        if (!m_rest.empty() && m_rest.front() >= '0' && m_rest.front() <= '9') {
            const int digit = m_rest.front() - '0';
            m_rest.remove_prefix(1);
            return digit;
        }
        constexpr std::string_view wide_beginning = "\xEF\xBC"; // U+FF10 to U+FF19 are EF BC 90 to EF BC 99
        if (m_rest.size() >= 3 && m_rest.starts_with(wide_beginning)) {
            const auto last = static_cast<unsigned char>(m_rest[2]);
            if (last >= 0x90 && last <= 0x99) {
                m_rest.remove_prefix(3);
                return last - 0x90;
            }
        }
        return std::nullopt;
    }

    std::string_view m_rest;
};

/// A month or a third of it, as the range that it is and as it is written.
struct Point {
    SeasonRange range;
    std::string text;
};

Point whole_month(int month) {
    const auto first = static_cast<std::uint8_t>((month - 1) * 3);
    return {{first, static_cast<std::uint8_t>(first + 2)}, std::to_string(month) + "月"};
}

std::optional<int> take_month(Reader &reader) {
    const auto month = reader.take_number();
    return month && *month >= 1 && *month <= 12 ? month : std::nullopt;
}

std::optional<Point> take_point(Reader &reader) {
    const auto month = take_month(reader);
    if (!month || !reader.take("月")) {
        return std::nullopt;
    }
    Point point = whole_month(*month);
    for (std::size_t third = 0; third < thirds.size(); ++third) {
        if (reader.take(thirds[third])) {
            const auto place = static_cast<std::uint8_t>(point.range.first_third + third);
            return Point{{place, place}, point.text + std::string(thirds[third])};
        }
    }
    return point;
}

/// The beginning of a range; in "6〜7月" the word for month stands after the last one alone.
std::optional<Point> take_beginning(Reader &reader) {
    Reader ahead = reader;
    const auto month = take_month(ahead);
    Reader after_month = ahead;
    if (month && ahead.take_dash()) {
        reader = after_month;
        return whole_month(*month);
    }
    return take_point(reader);
}

bool take_range(Reader &reader, Season &season) {
    const auto first = take_beginning(reader);
    if (!first || season.ranges.size() == max_ranges) {
        return false;
    }
    season.text += (season.text.empty() ? "" : "、") + first->text;
    season.ranges.push_back(first->range);
    if (reader.take_dash()) {
        const auto last = take_point(reader);
        if (!last) {
            return false;
        }
        reader.take("まで");
        season.text += "〜" + last->text;
        season.ranges.back().last_third = last->range.last_third;
    }
    return true;
}

} // namespace

std::optional<Season> parse_season(std::string_view text) {
    Reader reader(text);
    if (reader.take(all_year)) {
        return reader.is_done() ? std::optional(Season{{SeasonRange{}}, std::string(all_year)}) : std::nullopt;
    }
    Season season;
    do {
        if (!take_range(reader, season)) {
            return std::nullopt;
        }
    } while (reader.take_comma());
    return reader.is_done() ? std::optional(std::move(season)) : std::nullopt;
}

} // namespace keyaki::server::schema
