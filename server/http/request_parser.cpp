#include "server/http/request_parser.hpp"

#include "server/http/limits.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <cstdint>
#include <limits>
#include <optional>

namespace keyaki::server::http {

namespace beast = boost::beast;

namespace {

/// No chunked body has fewer bytes than this before it: "0\r\n\r\n". Beast 1.74 asserts it when the last chunk's head has come alone.
constexpr std::size_t shortest_chunked_end = 5;

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

bool is_decimal(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char digit) { return digit >= '0' && digit <= '9'; });
}

/// "GET / HTTP/2.0": a version in the right form that is not ours.
bool names_another_version(std::string_view request_line) {
    const auto version = request_line.substr(request_line.rfind(' ') + 1);
    return version.size() == 8 && version.starts_with("HTTP/") && version[6] == '.' && is_decimal(version.substr(5, 1)) &&
           is_decimal(version.substr(7, 1)) && version != "HTTP/1.0" && version != "HTTP/1.1";
}

/// A line that begins with a blank continues the one before: obs-fold (RFC 9112, 5.2).
bool has_folded_field(std::string_view head) {
    for (auto end = head.find("\r\n"); end != std::string_view::npos; end = head.find("\r\n", end + 2)) {
        if (end + 2 < head.size() && (head[end + 2] == ' ' || head[end + 2] == '\t')) {
            return true;
        }
    }
    return false;
}

enum class ChunkLine { unfinished, closed, open_quote };

/// The line that begins at `text`, or after the CR LF of the chunk before it, and says the next chunk's size. Beast 1.74 looks for a quoted
/// extension's end beyond the line, in data that need not have arrived: what it made of such a line depended on where packets ended.
ChunkLine look_at_chunk_line(std::string_view text) {
    if (text.starts_with("\r\n")) {
        text.remove_prefix(2);
    }
    const auto end = text.find("\r\n");
    if (end == std::string_view::npos) {
        return ChunkLine::unfinished;
    }
    bool quoted = false;
    for (std::size_t at = 0; at < end; ++at) {
        if (quoted && text[at] == '\\') {
            ++at; // quoted-pair: the next octet stands for itself
        } else if (text[at] == '"') {
            quoted = !quoted;
        }
    }
    return quoted ? ChunkLine::open_quote : ChunkLine::closed;
}

} // namespace

class RequestParser::Message : public beast::http::basic_parser<true> {
  public:
    Step advance(std::string_view unread, std::size_t &consumed);
    Step refuse(int status, std::string detail) {
        m_refusal = {status, std::move(detail)};
        m_state = State::refused;
        return Step::refused;
    }

    Request m_request;
    Refusal m_refusal;
    bool m_begun = false;
    bool m_http_1_1 = true;
    bool m_expects_continue = false;
    std::shared_ptr<BodyFile> m_spool;

  private:
    enum class State { head, body, refused };

    Step take_head(std::string_view unread, std::size_t &consumed);
    Step parse_head(std::string_view head);
    Step refuse_unfinished_head(std::string_view unread);
    Step check_head();
    Step check_framing();
    Step take_body(std::string_view unread, std::size_t &consumed);
    std::optional<Step> take_some_body(std::string_view rest, std::size_t &consumed);

    // What Beast calls while it reads.
    void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target, int version, beast::error_code &) override {
        m_request.method_text = view(method);
        m_request.method = method_from_name(view(method));
        m_request.target = view(target);
        m_http_1_1 = version >= 11;
    }
    void on_response_impl(int, beast::string_view, int, beast::error_code &) override {}
    void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value, beast::error_code &) override {
        if (m_state == State::head) { // the trailers of a chunked body say nothing that we want
            m_request.headers.add(std::string(view(name)), std::string(view(value)));
        }
    }
    void on_header_impl(beast::error_code &) override {}
    void on_body_init_impl(boost::optional<std::uint64_t> const &, beast::error_code &) override {}
    std::size_t on_body_impl(beast::string_view body, beast::error_code &) override {
        keep(view(body));
        return body.size();
    }
    void on_chunk_header_impl(std::uint64_t size, beast::string_view, beast::error_code &) override { m_chunk_left = size; }
    std::size_t on_chunk_body_impl(std::uint64_t left, beast::string_view body, beast::error_code &) override {
        keep(view(body));
        m_chunk_left = left - body.size();
        return body.size();
    }
    void on_finish_impl(beast::error_code &) override {}
    /// Grows with what arrives, never with what was announced.
    void keep(std::string_view body) { m_spool ? m_spool->append(body) : (void)m_request.body.append(body); }

    State m_state = State::head;
    std::size_t m_scanned = 0;      ///< bytes of the unread head in which no end was found
    std::uint64_t m_chunk_left = 0; ///< bytes of the chunk that are to come; 0: the next line says a chunk's size
};

RequestParser::Step RequestParser::Message::advance(std::string_view unread, std::size_t &consumed) {
    consumed = 0;
    switch (m_state) {
    case State::head: return take_head(unread, consumed);
    case State::body: return take_body(unread, consumed);
    case State::refused: break;
    }
    return Step::refused;
}

RequestParser::Step RequestParser::Message::take_head(std::string_view unread, std::size_t &consumed) {
    // RFC 9112, 2.2: empty lines before the request line are passed over.
    while (!m_begun && unread.starts_with("\r\n")) {
        unread.remove_prefix(2);
        consumed += 2;
    }
    if (unread.empty() || (!m_begun && unread == "\r")) {
        return Step::need_more;
    }
    m_begun = true;
    const auto end = unread.substr(0, limits::head_bytes).find("\r\n\r\n", m_scanned);
    const auto seen = unread.substr(0, end);
    for (auto feed = seen.find('\n', m_scanned); feed != std::string_view::npos; feed = seen.find('\n', feed + 1)) {
        if (feed == 0 || seen[feed - 1] != '\r') {
            return refuse(400, "Every line of a head ends with CR LF; a line feed stood alone.");
        }
    }
    if (end == std::string_view::npos) {
        return refuse_unfinished_head(unread);
    }
    consumed += end + 4;
    return parse_head(unread.substr(0, end + 4));
}

RequestParser::Step RequestParser::Message::refuse_unfinished_head(std::string_view unread) {
    if (unread.find("\r\n") == std::string_view::npos && unread.size() > limits::target_bytes + 64) {
        return refuse(414, "The request's target may have " + std::to_string(limits::target_bytes) + " bytes.");
    }
    if (unread.size() >= limits::head_bytes) {
        return refuse(431, "The head may have " + std::to_string(limits::head_bytes) + " bytes.");
    }
    m_scanned = unread.size() < 3 ? 0 : unread.size() - 3;
    return Step::need_more;
}

RequestParser::Step RequestParser::Message::parse_head(std::string_view head) {
    if (has_folded_field(head)) {
        return refuse(400, "A field must stand on one line, found a folded one.");
    }
    header_limit(static_cast<std::uint32_t>(limits::head_bytes));
    body_limit(std::numeric_limits<std::uint64_t>::max()); // the route's own comes after the head; Beast 1.74 takes "none" for nothing at all
    eager(false);
    beast::error_code error;
    const auto used = put(boost::asio::buffer(head.data(), head.size()), error);
    if (error || used != head.size()) {
        if (names_another_version(head.substr(0, head.find("\r\n")))) {
            return refuse(505, "keyaki speaks HTTP/1.1 and HTTP/1.0.");
        }
        return refuse(400, "The head is no HTTP/1.1: " + (error ? error.message() : std::string("it ends too early")) + ".");
    }
    m_state = State::body;
    return check_head();
}

RequestParser::Step RequestParser::Message::check_head() {
    if (m_request.target.size() > limits::target_bytes) {
        return refuse(414, "The request's target may have " + std::to_string(limits::target_bytes) + " bytes, found " +
                               std::to_string(m_request.target.size()) + ".");
    }
    if (m_request.headers.size() > limits::header_count) {
        return refuse(431, "A request may have " + std::to_string(limits::header_count) + " fields, found " +
                               std::to_string(m_request.headers.size()) + ".");
    }
    // RFC 9112, 3.2.
    const auto hosts = m_request.headers.all("Host").size();
    if (hosts > 1 || (m_http_1_1 && hosts == 0)) {
        return refuse(400, "HTTP/1.1 asks for one Host field, found " + std::to_string(hosts) + ".");
    }
    if (const auto step = check_framing(); step == Step::refused) {
        return step;
    }
    // RFC 9110, 10.1.1; an HTTP/1.0 client cannot mean it.
    if (const auto expect = m_request.headers.joined("Expect"); expect && m_http_1_1) {
        if (!equal_ignoring_case(*expect, "100-continue")) {
            return refuse(417, "The only expectation that can be met is 100-continue, found '" + *expect + "'.");
        }
        m_expects_continue = !is_done();
    }
    return is_done() ? Step::complete : Step::head_complete;
}

RequestParser::Step RequestParser::Message::check_framing() {
    const auto lengths = m_request.headers.all("Content-Length");
    if (lengths.size() > 1 || (lengths.size() == 1 && !is_decimal(lengths.front()))) {
        return refuse(400, "A request may have one Content-Length, of digits alone.");
    }
    const auto codings = m_request.headers.all("Transfer-Encoding");
    if (codings.empty()) {
        return Step::need_more;
    }
    // RFC 9112, 6.1: both together, or in HTTP/1.0, are how requests are smuggled.
    if (!lengths.empty() || !m_http_1_1) {
        return refuse(400, "Transfer-Encoding goes with HTTP/1.1 and without Content-Length.");
    }
    if (codings.size() != 1 || !equal_ignoring_case(codings.front(), "chunked") || !chunked()) {
        return refuse(501, "The only Transfer-Encoding is chunked.");
    }
    return Step::need_more;
}

RequestParser::Step RequestParser::Message::take_body(std::string_view unread, std::size_t &consumed) {
    while (!is_done()) {
        if (const auto stop = take_some_body(unread.substr(consumed), consumed)) {
            return *stop;
        }
    }
    return Step::complete;
}

/// One line of a chunk, or data as far as it has come. Nothing when something was taken, so that more may follow.
std::optional<RequestParser::Step> RequestParser::Message::take_some_body(std::string_view rest, std::size_t &consumed) {
    if (rest.empty() || (chunked() && rest.size() < shortest_chunked_end)) {
        return Step::need_more;
    }
    if (chunked() && m_chunk_left == 0 && look_at_chunk_line(rest) == ChunkLine::open_quote) {
        return refuse(400, "The chunked body is wrong: a quoted extension does not end on its line.");
    }
    beast::error_code error;
    const auto used = put(boost::asio::buffer(rest.data(), rest.size()), error); // one step at a time: not eager
    consumed += used;
    if (m_spool && m_spool->is_full()) {
        return refuse(503, "There is no room for the body on the server's disk; ask again later.");
    }
    if (error == beast::http::error::body_limit) {
        return refuse(413, "The body is larger than this route takes.");
    }
    if (error && error != beast::http::error::need_more) {
        return refuse(400, "The chunked body is wrong: " + error.message() + ".");
    }
    if (!error && used > 0) {
        return std::nullopt;
    }
    if (rest.size() - used > limits::chunk_overhead_bytes) {
        return refuse(431, "A chunk's head or the trailers may have " + std::to_string(limits::chunk_overhead_bytes) + " bytes.");
    }
    return Step::need_more;
}

RequestParser::RequestParser() : m_message(std::make_unique<Message>()) {}
RequestParser::~RequestParser() = default;
RequestParser::RequestParser(RequestParser &&) noexcept = default;
RequestParser &RequestParser::operator=(RequestParser &&) noexcept = default;

RequestParser::Step RequestParser::advance(std::string_view unread, std::size_t &consumed) { return m_message->advance(unread, consumed); }

void RequestParser::limit_body(std::size_t bytes) {
    if (const auto length = m_message->is_done() ? boost::none : m_message->content_length(); length && *length > bytes) {
        (void)m_message->refuse(413, "The body may have " + std::to_string(bytes) + " bytes here, " + std::to_string(*length) + " were announced.");
        return;
    }
    if (!m_message->is_done()) {
        m_message->body_limit(bytes);
    }
}

void RequestParser::spool_to(std::shared_ptr<BodyFile> file) { m_message->m_spool = std::move(file); }

Request &RequestParser::request() noexcept { return m_message->m_request; }
const RequestParser::Refusal &RequestParser::refusal() const noexcept { return m_message->m_refusal; }
bool RequestParser::has_begun() const noexcept { return m_message->m_begun; }
bool RequestParser::is_http_1_1() const noexcept { return m_message->m_http_1_1; }
bool RequestParser::keeps_alive() const noexcept { return m_message->keep_alive(); }
bool RequestParser::expects_continue() const noexcept { return m_message->m_expects_continue; }
std::size_t RequestParser::body_bytes() const noexcept { return m_message->m_request.body.size(); }

} // namespace keyaki::server::http
