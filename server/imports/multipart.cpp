#include "server/imports/multipart.hpp"

#include "geo/error.hpp"
#include "server/http/headers.hpp"
#include "server/http/request.hpp"
#include "server/imports/limits.hpp"

#include <algorithm>
#include <utility>

namespace keyaki::server::imports {

namespace {

[[noreturn]] void refuse(const std::string &sentence) { throw geo::Error(geo::ErrorKind::invalid_input, "the form cannot be read: " + sentence); }

/// RFC 2046, 5.1.1.
bool is_boundary(std::string_view text) {
    constexpr std::string_view marks = "'()+_,-./:=? ";
    const auto is_allowed = [&](char letter) {
        const bool letter_or_digit = (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
        return letter_or_digit || marks.find(letter) != std::string_view::npos;
    };
    return !text.empty() && text.size() <= 70 && text.back() != ' ' && std::all_of(text.begin(), text.end(), is_allowed);
}

/// Browsers write a quote, CR and LF in names as %22, %0D and %0A (the HTML standard's form submission); other percent signs are meant.
std::string with_browser_escapes(std::string text) {
    for (const auto &[escaped, letter] : {std::pair<std::string_view, char>{"%22", '"'}, {"%0D", '\r'}, {"%0A", '\n'}}) {
        for (std::size_t place = text.find(escaped); place != std::string::npos; place = text.find(escaped, place + 1)) {
            text.replace(place, escaped.size(), 1, letter);
        }
    }
    return text;
}

FormPart parse_head(std::string_view head) {
    FormPart part;
    bool has_disposition = false;
    while (!head.empty()) {
        const std::size_t end = std::min(head.find("\r\n"), head.size());
        const std::string_view line = head.substr(0, end);
        head.remove_prefix(std::min(end + 2, head.size()));
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos || colon == 0 || line.front() == ' ' || line.front() == '\t') {
            refuse("expected a header with a colon in a part's head, found a line without");
        }
        const std::string_view value = http::trim_blanks(line.substr(colon + 1));
        if (http::equal_ignoring_case(line.substr(0, colon), "Content-Type")) {
            part.content_type = value;
        }
        if (!http::equal_ignoring_case(line.substr(0, colon), "Content-Disposition")) {
            continue;
        }
        const auto name = header_parameter(value, "name");
        if (has_disposition || !http::equal_ignoring_case(http::trim_blanks(value.substr(0, value.find(';'))), "form-data") || !name) {
            refuse("expected one Content-Disposition: form-data with a name in each part");
        }
        has_disposition = true;
        part.name = with_browser_escapes(*name);
        if (auto file_name = header_parameter(value, "filename")) {
            part.file_name = with_browser_escapes(*std::move(file_name));
        }
    }
    if (!has_disposition) {
        refuse("expected one Content-Disposition: form-data with a name in each part");
    }
    return part;
}

/// A quoted text or a token from `place` on, which ends up behind it; nothing for a quote that does not end.
std::optional<std::string> take_value(std::string_view header, std::size_t &place) {
    if (place >= header.size() || header[place] != '"') {
        const std::size_t begin = place;
        place = std::min(header.find_first_of("; \t", begin), header.size());
        return std::string(header.substr(begin, place - begin));
    }
    std::string value;
    for (++place; place < header.size() && header[place] != '"'; ++place) {
        if (header[place] == '\\' && place + 1 < header.size()) {
            ++place;
        }
        value += header[place];
    }
    return place++ < header.size() ? std::optional(value) : std::nullopt;
}

} // namespace

std::optional<std::string> header_parameter(std::string_view header, std::string_view name) {
    std::optional<std::string> plain;
    std::size_t place = header.find(';');
    while (place != std::string_view::npos && place < header.size()) {
        place = header.find_first_not_of("; \t", place);
        const std::size_t equals = header.find('=', std::min(place, header.size()));
        if (equals == std::string_view::npos) {
            break;
        }
        const std::string_view key = http::trim_blanks(header.substr(place, equals - place));
        place = std::min(header.find_first_not_of(" \t", equals + 1), header.size());
        const auto value = take_value(header, place);
        if (!value) {
            break;
        }
        if (http::equal_ignoring_case(key, name) && !plain) {
            plain = value;
        }
        constexpr std::string_view utf8 = "UTF-8'";
        const std::size_t language_end = value->find('\'', utf8.size());
        const bool is_extended = key.size() == name.size() + 1 && key.back() == '*' && http::equal_ignoring_case(key.substr(0, name.size()), name);
        if (is_extended && http::equal_ignoring_case(std::string_view(*value).substr(0, utf8.size()), utf8) && language_end != std::string::npos) {
            if (auto decoded = http::percent_decode(std::string_view(*value).substr(language_end + 1), false)) {
                return decoded;
            }
        }
    }
    return plain;
}

std::optional<std::string> form_boundary(std::string_view content_type) {
    if (!http::equal_ignoring_case(http::trim_blanks(content_type.substr(0, content_type.find(';'))), "multipart/form-data")) {
        return std::nullopt;
    }
    return header_parameter(content_type, "boundary").value_or("");
}

MultipartReader::MultipartReader(std::string_view boundary, Handlers handlers) : m_handlers(std::move(handlers)), m_delimiter("\r\n--") {
    if (!is_boundary(boundary)) {
        refuse("expected a boundary of 1 to 70 letters, digits and '()+_,-./:=? in its Content-Type");
    }
    m_delimiter += boundary;
    m_bytes = "\r\n"; // the first delimiter may stand at the very beginning
}

void MultipartReader::feed(std::string_view bytes) {
    m_bytes.append(bytes);
    while (step()) {
    }
    m_bytes.erase(0, std::exchange(m_place, 0));
}

/// False when more bytes are needed.
bool MultipartReader::step() {
    switch (m_state) {
    case State::preamble: return find_first_delimiter();
    case State::delimiter: return take_delimiter_line();
    case State::head: return take_head();
    case State::body: return take_body();
    case State::epilogue: m_place = m_bytes.size(); break;
    }
    return false;
}

bool MultipartReader::find_first_delimiter() {
    const std::size_t found = rest().find(m_delimiter);
    if (found != std::string_view::npos) {
        m_place += found + m_delimiter.size();
        m_state = State::delimiter;
        return true;
    }
    if (rest().size() > max_form_preamble_bytes) {
        refuse("expected the first part within " + std::to_string(max_form_preamble_bytes) + " bytes, found none");
    }
    return false;
}

/// "--" closes the form; else blanks up to the line's end (RFC 2046's transport padding), and a part follows.
bool MultipartReader::take_delimiter_line() {
    if (rest().size() < 2) {
        return false;
    }
    if (rest().starts_with("--")) {
        m_state = State::epilogue;
        return true;
    }
    const std::size_t end = rest().find_first_not_of(" \t");
    if (end == std::string_view::npos || rest().size() < end + 2) {
        if (rest().size() > max_form_padding_bytes) {
            refuse("expected the end of a delimiter's line, found blanks without end");
        }
        return false;
    }
    if (rest().substr(end, 2) != "\r\n") {
        refuse("expected nothing behind a delimiter on its line, found more");
    }
    m_place += end + 2;
    if (++m_parts > max_form_parts) {
        throw geo::Error(geo::ErrorKind::too_large, "expected a form of at most " + std::to_string(max_form_parts) + " parts, found more");
    }
    m_state = State::head;
    return true;
}

bool MultipartReader::take_head() {
    const std::size_t end = rest().starts_with("\r\n") ? 0 : rest().find("\r\n\r\n"); // an empty one is parse_head's to refuse
    if (end == std::string_view::npos) {
        if (rest().size() > max_form_head_bytes) {
            throw geo::Error(geo::ErrorKind::too_large,
                             "expected a part's head of at most " + std::to_string(max_form_head_bytes) + " bytes, found a longer one");
        }
        return false;
    }
    m_handlers.begin(parse_head(rest().substr(0, end)));
    m_place += end + std::string_view("\r\n\r\n").size();
    m_state = State::body;
    return true;
}

bool MultipartReader::take_body() {
    const std::size_t found = rest().find(m_delimiter);
    // A delimiter may have begun at the end of what is here.
    const std::size_t sure = found != std::string_view::npos ? found : rest().size() - std::min(rest().size(), m_delimiter.size() - 1);
    if (sure > 0) {
        m_handlers.data(rest().substr(0, sure));
        m_place += sure;
    }
    if (found == std::string_view::npos) {
        return false;
    }
    m_handlers.end();
    m_place += m_delimiter.size();
    m_state = State::delimiter;
    return true;
}

void MultipartReader::finish() {
    if (m_state != State::epilogue) {
        refuse("expected its closing delimiter, found its end before");
    }
}

} // namespace keyaki::server::imports
