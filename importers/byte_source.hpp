#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace keyaki::importers {

/// The bytes of one file from its start: of the disk, or of an archive. One thread.
class ByteSource {
  public:
    ByteSource() = default;
    ByteSource(const ByteSource &) = delete;
    ByteSource &operator=(const ByteSource &) = delete;
    virtual ~ByteSource() = default;

    /// Fills as much of `buffer` as there is; 0 at the end. \throws geo::Error where the file cannot be read on
    [[nodiscard]] virtual std::size_t read(std::span<char> buffer) = 0;
    [[nodiscard]] virtual std::uint64_t size_bytes() const = 0;
    /// Back to the first byte.
    virtual void rewind() = 0;
};

/// \param path of the disk, or of an archive's member as GDAL names it ("/vsizip/{/folder/x.zip}/y.csv")
/// \throws geo::Error not_found
[[nodiscard]] std::unique_ptr<ByteSource> open_bytes(const std::string &path);

} // namespace keyaki::importers
