#pragma once

#include "server/http/request.hpp"
#include "server/http/response.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace keyaki::server::http {

/// The first byte and the number of bytes of a part of a body.
struct ByteRange {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;

    friend bool operator==(const ByteRange &, const ByteRange &) = default;
};

/// What a Range field asks for (RFC 9110, 14.1.2 and 14.2).
struct RangeChoice {
    enum class Kind : std::uint8_t {
        whole,        ///< nothing that is to be heeded: no field, another unit, malformed, or several ranges, which nobody has to serve
        part,         ///< one range
        unsatisfiable ///< one that begins behind the end: 416
    } kind = Kind::whole;
    ByteRange range{};
};
[[nodiscard]] RangeChoice choose_range(std::string_view field, std::uint64_t size);

/// A file that is sent as it is read: however large it is and however slowly it is taken, one piece of it is in memory.
struct FileBody {
    std::filesystem::path file;
    std::uint64_t bytes = 0; ///< that the file has to have
    std::string content_type;
    std::string etag; ///< strong, with its quotes
};

/// 200 with the file, 206 with the part that Range asks for where If-Range holds, 416. Throws Error unavailable where the file is not there any more
/// or has another size. What is replaced under its name while it is sent is sent to its end.
[[nodiscard]] Response send_file(const Request &request, const FileBody &body);

} // namespace keyaki::server::http
