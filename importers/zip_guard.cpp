#include "importers/zip_guard.hpp"

#include "geo/error.hpp"
#include "importers/limits.hpp"
#include "importers/text_encoding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <string_view>

namespace keyaki::importers {

namespace {

// Signatures and lengths of PKWARE APPNOTE 6.3.10: end of central directory 4.3.16, its zip64 form 4.3.14 and locator 4.3.15, header 4.3.12.
constexpr std::string_view end_signature = "PK\x05\x06";
constexpr std::string_view zip64_end_signature = "PK\x06\x06";
constexpr std::string_view zip64_locator_signature = "PK\x06\x07";
constexpr std::string_view header_signature = "PK\x01\x02";
constexpr std::uint64_t end_bytes = 22;
constexpr std::uint64_t zip64_locator_bytes = 20;
constexpr std::uint64_t zip64_end_bytes = 56;
constexpr std::uint64_t header_bytes = 46;
constexpr std::uint64_t local_header_bytes = 30; ///< 4.3.7, before every file's bytes
constexpr std::uint64_t made_on_unix = 3;        ///< 4.4.2: then the upper half of the external attributes is the mode of stat(2)
constexpr std::uint64_t mode_kind = 0xF000;
constexpr std::uint64_t mode_of_link = 0xA000;
constexpr std::uint64_t longest_comment_bytes = 65'535;
constexpr std::uint32_t in_zip64_32 = 0xFFFFFFFF;
constexpr unsigned encrypted_flag = 1;
constexpr unsigned utf8_flag = 1U << 11U;
constexpr unsigned stored = 0;
constexpr unsigned deflated = 8;

[[noreturn]] void refuse(geo::ErrorKind kind, const std::string &sentence) { throw geo::Error(kind, sentence); }
[[noreturn]] void refuse(const std::string &sentence) { refuse(geo::ErrorKind::invalid_input, sentence); }

std::uint64_t little_endian(std::string_view bytes, std::size_t place, std::size_t size) {
    if (place + size > bytes.size()) {
        refuse("expected a whole zip archive, found one whose directory is cut short");
    }
    std::uint64_t value = 0;
    for (std::size_t i = size; i-- > 0;) {
        value = value << 8U | static_cast<unsigned char>(bytes[place + i]);
    }
    return value;
}

struct Directory {
    std::uint64_t start = 0;
    std::uint64_t size_bytes = 0;
    std::uint64_t entries = 0;
};

class ZipFile {
  public:
    explicit ZipFile(const std::filesystem::path &path) : m_file(path, std::ios::binary) {
        std::error_code problem;
        m_size_bytes = std::filesystem::file_size(path, problem);
        if (!m_file || problem) {
            refuse(geo::ErrorKind::not_found, fmt::format("expected an archive that can be read, found none at {}", path.string()));
        }
    }
    [[nodiscard]] std::uint64_t size_bytes() const { return m_size_bytes; }
    [[nodiscard]] std::string read(std::uint64_t start, std::uint64_t size) {
        if (start > m_size_bytes || size > m_size_bytes - start) {
            refuse("expected a whole zip archive, found one that is cut short");
        }
        std::string bytes(size, '\0');
        m_file.seekg(static_cast<std::streamoff>(start));
        m_file.read(bytes.data(), static_cast<std::streamsize>(size));
        return bytes;
    }

  private:
    std::ifstream m_file;
    std::uint64_t m_size_bytes = 0;
};

Directory find_directory(ZipFile &file) {
    const std::uint64_t tail_bytes = std::min(file.size_bytes(), end_bytes + longest_comment_bytes + zip64_locator_bytes);
    const std::string tail = file.read(file.size_bytes() - tail_bytes, tail_bytes);
    const std::size_t end = tail.rfind(end_signature);
    if (end == std::string::npos || end + end_bytes > tail.size()) {
        refuse("expected a zip archive, found no directory at its end: it is cut short or no archive");
    }
    if (little_endian(tail, end + 4, 2) != 0 || little_endian(tail, end + 6, 2) != 0) {
        refuse("expected an archive in one piece, found one split over several files");
    }
    Directory directory{little_endian(tail, end + 16, 4), little_endian(tail, end + 12, 4), little_endian(tail, end + 10, 2)};
    const bool zip64 = directory.start == in_zip64_32 || directory.size_bytes == in_zip64_32 || directory.entries == 0xFFFF;
    if (zip64 && end >= zip64_locator_bytes && tail.compare(end - zip64_locator_bytes, 4, zip64_locator_signature) == 0) {
        const std::string record = file.read(little_endian(tail, end - zip64_locator_bytes + 8, 8), zip64_end_bytes);
        if (!record.starts_with(zip64_end_signature)) {
            refuse("expected a zip64 directory, found something else where the archive says it is");
        }
        directory = {little_endian(record, 48, 8), little_endian(record, 40, 8), little_endian(record, 32, 8)};
    }
    if (directory.size_bytes > max_zip_directory_bytes || directory.entries > max_zip_entries) {
        refuse(geo::ErrorKind::too_large, fmt::format("expected an archive of at most {} files, found {}", max_zip_entries, directory.entries));
    }
    return directory;
}

struct RawEntry {
    std::string name;
    bool utf8 = false;
    bool is_link = false;
    std::uint64_t start = 0; ///< of its local header
    ZipEntry entry;
};

/// Sizes past 4 GiB stand in the extra field 0x0001, in this order and only where the short field is full (APPNOTE 4.5.3).
void read_zip64_sizes(std::string_view extra, RawEntry &raw) {
    ZipEntry &entry = raw.entry;
    for (std::size_t place = 0; place + 4 <= extra.size();) {
        const std::uint64_t id = little_endian(extra, place, 2);
        const std::uint64_t size = little_endian(extra, place + 2, 2);
        if (id == 1) {
            std::size_t at = place + 4;
            if (entry.unpacked_bytes == in_zip64_32) {
                entry.unpacked_bytes = little_endian(extra, at, 8);
                at += 8;
            }
            if (entry.packed_bytes == in_zip64_32) {
                entry.packed_bytes = little_endian(extra, at, 8);
                at += 8;
            }
            if (raw.start == in_zip64_32) {
                raw.start = little_endian(extra, at, 8);
            }
            return;
        }
        place += 4 + size;
    }
}

RawEntry read_header(std::string_view directory, std::size_t &place) {
    if (directory.substr(place, 4) != header_signature) {
        refuse("expected the next file in the archive's directory, found something else: the archive is damaged");
    }
    const std::uint64_t flags = little_endian(directory, place + 8, 2);
    const std::uint64_t method = little_endian(directory, place + 10, 2);
    const std::uint64_t name_bytes = little_endian(directory, place + 28, 2);
    const std::uint64_t extra_bytes = little_endian(directory, place + 30, 2);
    const std::uint64_t comment_bytes = little_endian(directory, place + 32, 2);
    RawEntry raw;
    raw.utf8 = (flags & utf8_flag) != 0;
    raw.is_link = little_endian(directory, place + 5, 1) == made_on_unix && (little_endian(directory, place + 40, 2) & mode_kind) == mode_of_link;
    raw.start = little_endian(directory, place + 42, 4);
    raw.entry = {"", little_endian(directory, place + 20, 4), little_endian(directory, place + 24, 4)};
    if (place + header_bytes + name_bytes + extra_bytes + comment_bytes > directory.size()) {
        refuse("expected a whole zip archive, found one whose directory is cut short");
    }
    raw.name = directory.substr(place + header_bytes, name_bytes);
    read_zip64_sizes(directory.substr(place + header_bytes + name_bytes, extra_bytes), raw);
    if (name_bytes == 0 || name_bytes > max_zip_name_bytes || raw.name.find('\0') != std::string::npos) {
        refuse(fmt::format("expected names of 1 to {} bytes in the archive, found one of {}", max_zip_name_bytes, name_bytes));
    }
    if ((flags & encrypted_flag) != 0) {
        refuse("expected an archive without a password, found encrypted files in it");
    }
    if (method != stored && method != deflated) {
        refuse(fmt::format("expected files stored or deflated in the archive, found method {}", method));
    }
    place += header_bytes + name_bytes + extra_bytes + comment_bytes;
    return raw;
}

/// Zip slip: names that lead out of the archive's own folder.
void check_name(const std::string &name) {
    const bool absolute = name.starts_with('/') || (name.size() > 1 && name[1] == ':');
    std::size_t begin = 0;
    bool climbs = false;
    while (begin <= name.size()) {
        const std::size_t end = std::min(name.find('/', begin), name.size());
        climbs = climbs || name.substr(begin, end - begin) == "..";
        begin = end + 1;
    }
    if (absolute || climbs) {
        refuse(fmt::format("expected names inside the archive, found \"{}\", which leads out of it", quoted_value(name)));
    }
}

void check_size(const ZipEntry &entry) {
    if (entry.unpacked_bytes > zip_ratio_free_bytes && entry.unpacked_bytes / std::max<std::uint64_t>(1, entry.packed_bytes) > max_zip_ratio) {
        refuse(geo::ErrorKind::too_large,
               fmt::format("expected files in the archive that unpack to at most {} times their size, found \"{}\" with {} bytes from {}",
                           max_zip_ratio, quoted_value(entry.name), entry.unpacked_bytes, entry.packed_bytes));
    }
}

[[noreturn]] void refuse_overlap(const std::string &what) {
    refuse(fmt::format("expected files beside each other in the archive, found {}: its entries overlap", what));
}

/// Each file's bytes lie before the next one's header: a bomb of one kernel that all its files share does not.
void check_overlaps(std::vector<RawEntry> &entries) {
    std::vector<const RawEntry *> ordered;
    for (const RawEntry &raw : entries) {
        ordered.push_back(&raw);
    }
    std::sort(ordered.begin(), ordered.end(), [](const RawEntry *a, const RawEntry *b) { return a->start < b->start; });
    for (std::size_t i = 1; i < ordered.size(); ++i) {
        const RawEntry &before = *ordered[i - 1];
        const std::uint64_t room = ordered[i]->start - before.start;
        if (room < local_header_bytes || room - local_header_bytes < before.entry.packed_bytes) {
            refuse_overlap(fmt::format("file {} of its directory inside of another", ordered[i] - entries.data() + 1));
        }
    }
}

std::string find_name_encoding(const std::vector<RawEntry> &entries) {
    EncodingDetector detector;
    for (const RawEntry &raw : entries) {
        if (!raw.utf8) {
            detector.add(raw.name);
            detector.add("\n");
        }
    }
    const std::string guess = detector.guess().name;
    return guess == "UTF-8" ? guess : "CP932";
}

bool is_added_by_macos(const std::string &name) {
    const std::size_t slash = name.rfind('/');
    return name.starts_with("__MACOSX/") || name.substr(slash == std::string::npos ? 0 : slash + 1).starts_with("._");
}

} // namespace

ZipContents check_zip(const std::filesystem::path &path) {
    ZipFile file(path);
    const Directory place_of_directory = find_directory(file);
    const std::string directory = file.read(place_of_directory.start, place_of_directory.size_bytes);
    std::vector<RawEntry> raw_entries;
    for (std::size_t place = 0; raw_entries.size() < place_of_directory.entries;) {
        raw_entries.push_back(read_header(directory, place));
    }
    check_overlaps(raw_entries);
    ZipContents contents{{}, find_name_encoding(raw_entries)};
    TextDecoder decoder(contents.name_encoding);
    std::set<std::string> names;
    std::uint64_t packed_bytes = 0;
    std::uint64_t unpacked_bytes = 0;
    for (RawEntry &raw : raw_entries) {
        raw.entry.name = raw.utf8 ? raw.name : decoder.decode_cell(raw.name);
        std::replace(raw.entry.name.begin(), raw.entry.name.end(), '\\', '/');
        check_name(raw.entry.name);
        check_size(raw.entry);
        if (!names.insert(raw.entry.name).second) {
            refuse(fmt::format("expected each name once in the archive, found \"{}\" twice", quoted_value(raw.entry.name)));
        }
        if (raw.is_link) {
            refuse(fmt::format("expected files in the archive, found \"{}\", which is a link to another place", quoted_value(raw.entry.name)));
        }
        packed_bytes += raw.entry.packed_bytes;
        unpacked_bytes += raw.entry.unpacked_bytes;
        if (!raw.entry.name.ends_with('/') && !is_added_by_macos(raw.entry.name)) {
            contents.files.push_back(std::move(raw.entry));
        }
    }
    if (packed_bytes > file.size_bytes()) {
        refuse_overlap(fmt::format("{} bytes of files in {} bytes of archive", packed_bytes, file.size_bytes()));
    }
    if (unpacked_bytes > max_zip_total_bytes) {
        refuse(geo::ErrorKind::too_large,
               fmt::format("expected an archive that unpacks to at most {} bytes, found {}", max_zip_total_bytes, unpacked_bytes));
    }
    return contents;
}

} // namespace keyaki::importers
