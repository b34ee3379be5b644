#include "tests/fuzz/http_answers.hpp"

#include "tests/fuzz/fuzz.hpp"

#include <cctype>
#include <charconv>

namespace keyaki::test {

namespace {

/// The text before the next CR LF, which is taken away with it; nothing when there is none.
std::optional<std::string_view> take_line(std::string_view &bytes) {
    const auto end = bytes.find("\r\n");
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    const auto line = bytes.substr(0, end);
    bytes.remove_prefix(end + 2);
    KEYAKI_FUZZ_REQUIRE(line.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
    return line;
}

/// A number of digits alone, no sign and nothing around it.
std::size_t number_of(std::string_view digits, int base = 10) {
    std::size_t number = 0;
    const auto [stop, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
    KEYAKI_FUZZ_REQUIRE(failure == std::errc() && stop == digits.data() + digits.size());
    return number;
}

void take_status(std::string_view line, ReadAnswer &answer) {
    KEYAKI_FUZZ_REQUIRE(line.size() > 13 && line.starts_with("HTTP/1.1 ") && line[12] == ' ');
    answer.status = static_cast<int>(number_of(line.substr(9, 3)));
    KEYAKI_FUZZ_REQUIRE(answer.status >= 100 && answer.status < 600);
}

void take_field(std::string_view line, ReadAnswer &answer) {
    const auto colon = line.find(": ");
    KEYAKI_FUZZ_REQUIRE(colon != std::string_view::npos && colon > 0);
    std::string name(line.substr(0, colon));
    for (char &letter : name) {
        KEYAKI_FUZZ_REQUIRE(std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '-');
        letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    }
    answer.fields.emplace_back(std::move(name), line.substr(colon + 2));
}

/// False when the bytes end first.
bool take_bytes(std::string_view &bytes, std::size_t count, std::string &body) {
    if (bytes.size() < count) {
        return false;
    }
    body.append(bytes.substr(0, count));
    bytes.remove_prefix(count);
    return true;
}

bool take_chunks(std::string_view &bytes, std::string &body) {
    for (;;) {
        const auto line = take_line(bytes);
        if (!line) {
            return false;
        }
        const auto size = number_of(*line, 16);
        if (!take_bytes(bytes, size, body) || bytes.size() < 2) {
            return false;
        }
        KEYAKI_FUZZ_REQUIRE(bytes.starts_with("\r\n"));
        bytes.remove_prefix(2);
        if (size == 0) {
            return true;
        }
    }
}

/// RFC 9112, 6.3, as far as our answers go: each has a length or is chunked, unless it must not have a body.
bool take_body(std::string_view &bytes, bool to_head, ReadAnswer &answer) {
    const auto length = answer.field("content-length");
    const auto coding = answer.field("transfer-encoding");
    const bool never_has_one = answer.status < 200 || answer.status == 204 || answer.status == 304;
    KEYAKI_FUZZ_REQUIRE(!coding || *coding == "chunked");
    KEYAKI_FUZZ_REQUIRE(never_has_one ? !length && !coding : !(length && coding));
    if (to_head || never_has_one) {
        return true;
    }
    if (coding) {
        return take_chunks(bytes, answer.body);
    }
    if (!length) { // HTTP/1.0's client of a stream: the end of the connection ends the answer
        KEYAKI_FUZZ_REQUIRE(answer.closes());
        return take_bytes(bytes, bytes.size(), answer.body);
    }
    return take_bytes(bytes, number_of(*length), answer.body);
}

} // namespace

std::optional<std::string> ReadAnswer::field(std::string_view name) const {
    std::optional<std::string> found;
    for (const auto &[key, value] : fields) {
        if (key == name) {
            KEYAKI_FUZZ_REQUIRE(!found);
            found = value;
        }
    }
    return found;
}

std::optional<ReadAnswer> read_answer(std::string_view &bytes, bool to_head) {
    ReadAnswer answer;
    auto line = take_line(bytes);
    if (!line) {
        return std::nullopt;
    }
    take_status(*line, answer);
    while ((line = take_line(bytes)) && !line->empty()) {
        take_field(*line, answer);
    }
    return line && take_body(bytes, to_head, answer) ? std::optional(std::move(answer)) : std::nullopt;
}

} // namespace keyaki::test
