#pragma once

#include "server/http/headers.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace keyaki::server::http {

/// May the adapter gzip this body on its own (text and JSON above limits::compression_floor_bytes)?
enum class Compression { automatic, never };

/// The far end of an answer without a known length, such as server-sent events. Any thread may use it.
class StreamWriter {
  public:
    virtual ~StreamWriter() = default;
    /// Queues the bytes; false when the client has gone or reads so slowly that limits::stream_queue_bytes are waiting (the stream is then over).
    virtual bool write(std::string_view bytes) = 0;
    /// Ends the answer properly. Letting the last pointer go does the same.
    virtual void finish() = 0;
    [[nodiscard]] virtual bool is_open() const = 0;
};

/// A body that is made piece by piece while its reader takes it: however long it is, and however slowly it is read, one piece of it is in memory.
class BodySource {
  public:
    BodySource() = default;
    BodySource(const BodySource &) = delete;
    BodySource &operator=(const BodySource &) = delete;
    virtual ~BodySource() = default;
    /// Appends the next piece, about limits::piece_bytes; false when it was the last. Called by one thread at a time, never by an event thread. What
    /// it throws cuts the connection, so that nobody takes half a body for a whole one.
    [[nodiscard]] virtual bool append_piece(std::string &out) = 0;
};

/// One answer. Routes set status, headers of their own, and the body; Date, Server, Content-Length, Connection, X-Request-Id, CORS and
/// security headers are the adapter's, as are HEAD, gzip, If-None-Match against the ETag that stands in `headers`, and the ETag's encoding mark.
struct Response {
    int status = 200;
    Headers headers;
    std::shared_ptr<const std::string> body; ///< shared, never copied: a cached tile is sent to thousands from one place
    bool is_shared = false;                  ///< others hold the body too: while it waits for its reader it takes no memory of its own
    /// "" (identity) or "gzip": how `body` is encoded already. A client that refuses gzip gets `plain_body`, or where there is none `body` unpacked.
    std::string content_encoding;
    std::shared_ptr<const std::string> plain_body; ///< what `body` unpacks to, from a route that has both
    Compression compression = Compression::automatic;
    /// When set, `body` is not used: the adapter sends the head and calls this once, on the thread that made the answer; keep the writer and write
    /// later.
    std::function<void(std::shared_ptr<StreamWriter>)> stream;
    /// When set, what follows `body`. A route sets this alone; short bodies become an ordinary `body` on the way, with their length.
    std::shared_ptr<BodySource> source;
    /// How many bytes `source` makes in all, where that is known before: the answer then has its length, and its reader sees how much is left.
    std::optional<std::uint64_t> source_bytes;

    [[nodiscard]] std::string_view text() const { return body ? std::string_view(*body) : std::string_view{}; }

    /// Sets a header and gives the answer back: `return json(200, text).with("ETag", tag);`
    Response &&with(std::string name, std::string value) &&;
    Response &&with_etag(std::string strong_tag) &&;
    Response &&with_cache_control(std::string value) &&;
    /// The body is gzip already; `plain`: what it unpacks to, where that is at hand.
    Response &&encoded_as_gzip(std::shared_ptr<const std::string> plain = nullptr) &&;
};

[[nodiscard]] Response json(int status, std::string body, std::string content_type = "application/json");
[[nodiscard]] Response text(int status, std::string body, std::string content_type = "text/plain; charset=utf-8");
[[nodiscard]] Response html(int status, std::string body);
/// Bytes that many answers share; never compressed on the way (say encoded_as_gzip() if they are).
[[nodiscard]] Response bytes(std::shared_ptr<const std::string> body, std::string content_type);
[[nodiscard]] Response no_content();
/// 201 with Location.
[[nodiscard]] Response created(std::string location, std::string json_body);
/// 302, 303, 307 or 308.
[[nodiscard]] Response redirect(int status, std::string location);
/// 200 with a body that is made while it is read.
[[nodiscard]] Response produced(std::string content_type, std::shared_ptr<BodySource> source);
/// An endless answer, e.g. text/event-stream.
[[nodiscard]] Response streamed(std::string content_type, std::function<void(std::shared_ptr<StreamWriter>)> start);

/// "Not Found"; the registry of RFC 9110 and its neighbours, "Unknown" for what is not in it.
[[nodiscard]] std::string_view reason_phrase(int status) noexcept;

} // namespace keyaki::server::http
