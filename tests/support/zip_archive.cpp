#include "tests/support/zip_archive.hpp"

#include <zlib.h>

#include <stdexcept>

namespace keyaki::test {

namespace {

std::string number(std::uint64_t value, int size) {
    std::string out;
    for (int i = 0; i < size; ++i) {
        out += static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
    }
    return out;
}

/// A raw deflate stream, as archives hold it.
std::string deflated(const std::string &bytes) {
    z_stream stream{};
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) {
        throw std::runtime_error("zlib does not start");
    }
    std::string out(deflateBound(&stream, bytes.size()), '\0');
    std::string in = bytes;
    stream.next_in = reinterpret_cast<Bytef *>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef *>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

} // namespace

std::string zip_archive(const std::vector<ZipMember> &members) {
    std::string files;
    std::string directory;
    for (const ZipMember &member : members) {
        const std::string packed = member.is_deflated ? deflated(member.bytes) : member.bytes;
        const std::size_t start = member.shares_bytes ? 0 : files.size();
        const std::uint64_t unpacked = member.stated_bytes == 0 ? member.bytes.size() : member.stated_bytes;
        const auto *data = reinterpret_cast<const Bytef *>(member.bytes.data());
        const std::string common = number(20, 2) + number(member.flags, 2) + number(member.is_deflated ? 8 : 0, 2) + number(0, 4) +
                                   number(crc32(0, data, static_cast<uInt>(member.bytes.size())), 4) + number(packed.size(), 4) +
                                   number(unpacked, 4) + number(member.name.size(), 2) + number(0, 2);
        if (!member.shares_bytes) {
            files += "PK\x03\x04" + common + member.name + packed;
        }
        directory += "PK\x01\x02" + number(member.unix_mode == 0 ? 20 : 0x0314, 2) + common + number(0, 2) + number(0, 2) + number(0, 2) +
                     number(static_cast<std::uint64_t>(member.unix_mode) << 16U, 4) + number(start, 4) + member.name;
    }
    return files + directory + "PK\x05\x06" + number(0, 4) + number(members.size(), 2) + number(members.size(), 2) + number(directory.size(), 4) +
           number(files.size(), 4) + number(0, 2);
}

} // namespace keyaki::test
