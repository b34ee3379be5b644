#include "server/http/file_body.hpp"

#include "geo/error.hpp"
#include "server/http/conditional.hpp"
#include "server/http/limits.hpp"
#include "server/http/problem.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

namespace keyaki::server::http {

namespace {

[[noreturn]] void fail(const std::filesystem::path &file, std::string_view what) {
    throw geo::Error(geo::ErrorKind::unavailable, fmt::format("{} {}", file.string(), what));
}

class FileSource final : public BodySource {
  public:
    explicit FileSource(const FileBody &body) : m_file(body.file), m_descriptor(::open(body.file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) {
        struct stat status {};
        if (m_descriptor < 0 || ::fstat(m_descriptor, &status) != 0 || !S_ISREG(status.st_mode) ||
            static_cast<std::uint64_t>(status.st_size) != body.bytes) {
            if (m_descriptor >= 0) {
                ::close(m_descriptor);
            }
            fail(m_file, fmt::format("cannot be read, or has not {} bytes any more", body.bytes));
        }
    }
    ~FileSource() override { ::close(m_descriptor); }

    void choose(const ByteRange &range) { m_left = range; }

    bool append_piece(std::string &out) override {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(m_left.length, limits::piece_bytes));
        const std::size_t begin = out.size();
        out.resize(begin + wanted);
        for (std::size_t done = 0; done < wanted;) {
            const ssize_t read = ::pread(m_descriptor, out.data() + begin + done, wanted - done, static_cast<off_t>(m_left.offset + done));
            if (read == 0 || (read < 0 && errno != EINTR)) {
                fail(m_file, "was cut off or cannot be read while it is sent");
            }
            done += read < 0 ? 0 : static_cast<std::size_t>(read);
        }
        m_left.offset += wanted;
        m_left.length -= wanted;
        return m_left.length > 0;
    }

  private:
    std::filesystem::path m_file;
    int m_descriptor;
    ByteRange m_left;
};

/// Digits alone: no sign, no blank.
std::optional<std::uint64_t> number(std::string_view digits) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc() && end == digits.data() + digits.size() && !digits.empty() ? std::optional(value) : std::nullopt;
}

RangeChoice part(std::uint64_t offset, std::uint64_t length) { return {RangeChoice::Kind::part, {offset, length}}; }

/// "-500": so many at the end.
RangeChoice choose_suffix(std::string_view digits, std::uint64_t size) {
    const auto length = number(digits);
    if (!length) {
        return {};
    }
    if (*length == 0 || size == 0) {
        return {RangeChoice::Kind::unsatisfiable, {}};
    }
    return part(size - std::min(*length, size), std::min(*length, size));
}

/// RFC 9110, 13.1.5: of a tag by strong comparison; a date is none of ours.
bool if_range_holds(const Request &request, std::string_view etag) {
    const std::string_view field = request.header("If-Range");
    return field.empty() || strong_etags_equal(field, etag);
}

} // namespace

RangeChoice choose_range(std::string_view field, std::uint64_t size) {
    constexpr std::string_view unit = "bytes=";
    if (field.size() < unit.size() || !equal_ignoring_case(field.substr(0, unit.size()), unit)) {
        return {};
    }
    field = trim_blanks(field.substr(unit.size()));
    const std::size_t hyphen = field.find('-');
    if (hyphen == std::string_view::npos) {
        return {};
    }
    if (hyphen == 0) {
        return choose_suffix(field.substr(1), size);
    }
    const auto first = number(field.substr(0, hyphen));
    const std::string_view end = field.substr(hyphen + 1);
    const auto last = end.empty() ? std::optional(UINT64_MAX) : number(end);
    if (!first || !last || *last < *first) {
        return {};
    }
    if (*first >= size) {
        return {RangeChoice::Kind::unsatisfiable, {}};
    }
    return part(*first, std::min(*last, size - 1) - *first + 1);
}

Response send_file(const Request &request, const FileBody &body) {
    auto source = std::make_shared<FileSource>(body);
    RangeChoice choice;
    if (request.method == Method::get && if_range_holds(request, body.etag)) {
        choice = choose_range(request.header("Range"), body.bytes);
    }
    if (choice.kind == RangeChoice::Kind::unsatisfiable) {
        return problem(416, "Range Not Satisfiable", fmt::format("There are {} bytes; the range begins behind them.", body.bytes))
            .with("Content-Range", fmt::format("bytes */{}", body.bytes));
    }
    const bool is_part = choice.kind == RangeChoice::Kind::part;
    const ByteRange range = is_part ? choice.range : ByteRange{0, body.bytes};
    source->choose(range);
    Response response = produced(body.content_type, std::move(source));
    response.source_bytes = range.length;
    if (is_part) {
        response.status = 206;
        response.headers.set("Content-Range", fmt::format("bytes {}-{}/{}", range.offset, range.offset + range.length - 1, body.bytes));
    }
    return std::move(response).with_etag(body.etag).with("Accept-Ranges", "bytes");
}

} // namespace keyaki::server::http
