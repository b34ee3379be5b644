#include "server/packs/zip_file.hpp"

#include "data/partial_file.hpp"
#include "geo/error.hpp"
#include "server/packs/file_hash.hpp"
#include "server/packs/limits.hpp"
#include "server/text_file.hpp"
#include "server/time.hpp"
#include "tiles/archive_output.hpp"
#include "tiles/gzip.hpp"

#include <fmt/format.h>

#include <charconv>
#include <string_view>
#include <zlib.h>

namespace keyaki::server::packs {

namespace {

constexpr std::uint16_t version_needed = 20; // deflate and folders
constexpr std::uint16_t made_on_unix = 3U << 8U | version_needed;
constexpr std::uint32_t regular_file_0644 = 0100644U << 16U;
constexpr std::uint16_t stored = 0;
constexpr std::uint16_t deflated = 8;

/// Little-endian fields, one after the other.
class Fields {
  public:
    Fields &two(std::uint64_t value) { return put(value, 2); }
    Fields &four(std::uint64_t value) { return put(value, 4); }
    Fields &text(std::string_view text) {
        m_bytes += text;
        return *this;
    }
    [[nodiscard]] const std::string &bytes() const noexcept { return m_bytes; }

  private:
    Fields &put(std::uint64_t value, int bytes) {
        for (int byte = 0; byte < bytes; ++byte) {
            m_bytes += static_cast<char>(value >> (8U * static_cast<unsigned>(byte)) & 0xFFU);
        }
        return *this;
    }
    std::string m_bytes;
};

/// Date and time as MS-DOS has them: from 1980 on, two seconds at a step.
std::uint32_t dos_time(std::int64_t time_us) {
    const std::string text = format_rfc3339_jst(time_us); // 2026-04-12T10:00:03+09:00
    const auto number = [&](std::size_t begin, std::size_t length) {
        std::uint32_t value = 0;
        std::from_chars(text.data() + begin, text.data() + begin + length, value);
        return value;
    };
    const std::uint32_t year = std::max(number(0, 4), 1980U) - 1980U;
    return (year << 25U) | (number(5, 2) << 21U) | (number(8, 2) << 16U) | (number(11, 2) << 11U) | (number(14, 2) << 5U) | (number(17, 2) / 2);
}

struct Entry {
    std::string name;
    std::uint16_t method = stored;
    std::uint32_t crc = 0;
    std::uint64_t packed = 0; ///< bytes in the archive
    std::uint64_t bytes = 0;
    std::uint64_t offset = 0; ///< of its header
};

std::uint32_t crc_with(std::uint32_t crc, std::string_view bytes) {
    return static_cast<std::uint32_t>(crc32_z(crc, static_cast<const Bytef *>(static_cast<const void *>(bytes.data())), bytes.size()));
}

bool is_worth_deflating(const std::filesystem::path &file) {
    const std::string ending = file.extension().string();
    return ending != ".pmtiles" && ending != ".mbtiles" && ending != ".png" && std::filesystem::file_size(file) <= max_deflated_bytes;
}

class ZipWriter {
  public:
    ZipWriter(const std::filesystem::path &path, std::int64_t time_us) : m_out(path), m_time(dos_time(time_us)) {}

    void add(const ZipFile &file) {
        Entry entry;
        entry.name = file.name;
        entry.bytes = std::filesystem::file_size(file.file);
        entry.offset = m_out.size();
        is_worth_deflating(file.file) ? add_deflated(file, entry) : add_stored(file, entry);
        m_entries.push_back(std::move(entry));
        require_small();
    }

    void finish() {
        const std::uint64_t directory = m_out.size();
        for (const Entry &entry : m_entries) {
            m_out.append(Fields().four(0x02014b50).two(made_on_unix).bytes());
            m_out.append(common(entry).bytes());
            m_out.append(Fields().two(0).two(0).two(0).four(regular_file_0644).four(entry.offset).text(entry.name).bytes());
        }
        const std::uint64_t size = m_out.size() - directory;
        m_out.append(Fields().four(0x06054b50).two(0).two(0).two(m_entries.size()).two(m_entries.size()).four(size).four(directory).two(0).bytes());
        require_small();
        m_out.sync();
    }

  private:
    /// From the version needed to the length of the extra field: in both headers.
    [[nodiscard]] Fields common(const Entry &entry) const {
        Fields fields;
        fields.two(version_needed).two(0).two(entry.method).four(m_time).four(entry.crc).four(entry.packed).four(entry.bytes);
        fields.two(entry.name.size()).two(0);
        return fields;
    }

    void begin(const Entry &entry) {
        m_out.append(Fields().four(0x04034b50).bytes());
        m_out.append(common(entry).text(entry.name).bytes());
    }

    /// A member of gzip is the deflated bytes between ten of head and eight of tail.
    void add_deflated(const ZipFile &file, Entry &entry) {
        const std::string content = read_text_file(file.file, max_deflated_bytes);
        const std::string member = tiles::gzip(content);
        const std::string_view packed = std::string_view(member).substr(10, member.size() - 18);
        entry.crc = crc_with(0, content);
        entry.method = deflated;
        entry.packed = packed.size();
        begin(entry);
        m_out.append(packed);
    }

    void add_stored(const ZipFile &file, Entry &entry) {
        read_pieces(file.file, [&](std::string_view piece) { entry.crc = crc_with(entry.crc, piece); });
        entry.packed = entry.bytes;
        begin(entry);
        const std::uint64_t from = m_out.size();
        read_pieces(file.file, [&](std::string_view piece) { m_out.append(piece); });
        if (m_out.size() - from != entry.bytes) {
            throw geo::Error(geo::ErrorKind::unavailable, fmt::format("{} was changed while it was packed", file.file.string()));
        }
    }

    void require_small() const {
        if (m_out.size() > UINT32_MAX || m_entries.size() > UINT16_MAX) {
            throw geo::Error(geo::ErrorKind::too_large, fmt::format("the pack has {} bytes and {} files so far, and a ZIP archive holds at most {} "
                                                                    "and {}: choose a smaller area or fewer layers",
                                                                    m_out.size(), m_entries.size(), UINT32_MAX, UINT16_MAX));
        }
    }

    tiles::ArchiveOutput m_out;
    std::uint32_t m_time;
    std::vector<Entry> m_entries;
};

} // namespace

void write_zip(const std::filesystem::path &archive, const std::vector<ZipFile> &files, std::int64_t time_us) {
    const data::PartialFile partial(archive);
    ZipWriter zip(partial.path(), time_us);
    for (const ZipFile &file : files) {
        zip.add(file);
    }
    zip.finish();
    partial.replace_name();
}

} // namespace keyaki::server::packs
