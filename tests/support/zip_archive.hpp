#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace keyaki::test {

/// A file of an archive, and what the archive is to lie about it.
struct ZipMember {
    std::string name;
    std::string bytes;
    std::uint32_t stated_bytes = 0; ///< 0: the truth
    std::uint16_t flags = 0;
    bool shares_bytes = false;   ///< its header points at the first member's bytes
    bool is_deflated = false;    ///< else stored as it is
    std::uint16_t unix_mode = 0; ///< 0xA1FF: a symbolic link
};

/// The bytes of a zip archive (PKWARE APPNOTE 6.3.10).
[[nodiscard]] std::string zip_archive(const std::vector<ZipMember> &members);

} // namespace keyaki::test
