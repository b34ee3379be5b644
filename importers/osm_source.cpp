#include "importers/osm_source.hpp"

#include "geo/error.hpp"
#include "importers/osm_limits.hpp"

#include <fmt/format.h>

// The only file that knows libosmium's readers. o5m is left out: its reader is not needed and not hardened.
#include <osmium/io/bzip2_compression.hpp>
#include <osmium/io/gzip_compression.hpp>
#include <osmium/io/opl_input.hpp>
#include <osmium/io/pbf_input.hpp>
#include <osmium/io/reader.hpp>
#include <osmium/io/xml_input.hpp>
#include <osmium/thread/pool.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <string_view>
#include <system_error>

namespace keyaki::importers {

namespace {

enum class Packing : std::uint8_t { none, gzip, bzip2 };
enum class Format : std::uint8_t { pbf, xml, opl };

struct Found {
    Format format = Format::pbf;
    Packing packing = Packing::none;
};

constexpr const char *history = "a history or change file with several versions of objects; `osmium time-filter` makes a map extract of it";

[[noreturn]] void refuse(const std::filesystem::path &path, std::string_view what) {
    throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("{}: {}", path.string(), what));
}

/// Runs code of libosmium and turns what it throws into the sentence of a geo::Error.
template <typename Action>
auto reading(
    const std::filesystem::path &path, Action action, const std::function<std::string()> &place = [] { return std::string(); }) {
    try {
        return action();
    } catch (const geo::Error &) {
        throw;
    } catch (const std::bad_alloc &) {
        throw;
    } catch (const std::system_error &problem) {
        if (problem.code() == std::errc::resource_unavailable_try_again) { // no memory for a thread: no fault of the file's
            throw std::bad_alloc();
        }
        refuse(path, fmt::format("cannot be read{}: {}", place(), problem.what()));
    } catch (const osmium::pbf_error &problem) {
        const std::string_view said = problem.what();
        if (said.ends_with("blobs not supported")) {
            refuse(path,
                   fmt::format("expected blocks that are packed with zlib or LZ4, found {}", said.find("zstd") < said.size() ? "zstd" : "LZMA"));
        }
        refuse(path, fmt::format("the file is damaged or not an OpenStreetMap file{}: {}", place(), said));
    } catch (const std::exception &problem) { // io_error and its kin, invalid_location, length_error of over-long tags, protozero's
        refuse(path, fmt::format("the file is damaged or not an OpenStreetMap file{}: {}", place(), problem.what()));
    }
}

struct FileCloser {
    void operator()(std::FILE *file) const noexcept { (void)std::fclose(file); } // it was only read
};

std::string first_bytes(const std::filesystem::path &path) {
    const std::unique_ptr<std::FILE, FileCloser> file(std::fopen(path.c_str(), "rb"));
    if (!file) {
        throw geo::Error(geo::ErrorKind::not_found, fmt::format("{}: cannot be opened: {}", path.string(), std::generic_category().message(errno)));
    }
    std::string bytes(osm_format_evidence_bytes, '\0');
    bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file.get()));
    if (bytes.empty() && std::ferror(file.get()) != 0) {
        refuse(path, "cannot be read");
    }
    return bytes;
}

Packing packing_of(std::string_view bytes) {
    if (bytes.starts_with("\x1F\x8B")) {
        return Packing::gzip;
    }
    return bytes.starts_with("BZh") ? Packing::bzip2 : Packing::none;
}

osmium::io::file_compression compression(Packing packing) {
    switch (packing) {
    case Packing::none: return osmium::io::file_compression::none;
    case Packing::gzip: return osmium::io::file_compression::gzip;
    case Packing::bzip2: return osmium::io::file_compression::bzip2;
    }
    return osmium::io::file_compression::none;
}

/// The first bytes of what is packed inside.
std::string unpacked_start(const std::filesystem::path &path, Packing packing) {
    return reading(path, [&] {
        const int file = osmium::io::detail::open_for_reading(path.string());
        const auto decompressor = osmium::io::CompressionFactory::instance().create_decompressor(compression(packing), file);
        std::string bytes = decompressor->read();
        decompressor->close();
        bytes.resize(std::min(bytes.size(), osm_format_evidence_bytes));
        return bytes;
    });
}

bool looks_like_opl(std::string_view line) {
    return !line.empty() && (line.front() == '#' || (line.size() > 1 && (line.front() == 'n' || line.front() == 'w' || line.front() == 'r') &&
                                                     (line[1] == '-' || std::isdigit(static_cast<unsigned char>(line[1])) != 0)));
}

Format xml_format(const std::filesystem::path &path, std::string_view start, OsmFileKind kind) {
    const bool has_changes = start.find("<osmChange") != std::string_view::npos;
    if (has_changes && kind == OsmFileKind::extract) {
        refuse(path, "is a change file (osmChange), not a map extract; `keyaki import changes` takes it, over the extract that was imported before");
    }
    if (!has_changes && kind == OsmFileKind::changes) {
        refuse(path, "expected a change file, which begins with the element <osmChange>, found other XML");
    }
    if (start.find("<osm") == std::string_view::npos) {
        refuse(path, "is XML, but does not begin with the element <osm>");
    }
    return Format::xml;
}

Format format_of(const std::filesystem::path &path, std::string_view start, OsmFileKind kind) {
    if (start.find("OSMHeader") < 16) { // the first field of the first BlobHeader, after its length
        if (kind == OsmFileKind::changes) {
            refuse(path, "expected a change file (.osc, .osc.gz, .osc.bz2), found PBF, which is a map extract or a history");
        }
        return Format::pbf;
    }
    if (start.starts_with("\xEF\xBB\xBF")) {
        start.remove_prefix(3);
    }
    if (start.size() > 3 && start.substr(2).starts_with("\x04o5")) { // 0xFF 0xE0 0x04 "o5m2"
        refuse(path, "is in the format o5m, which is not supported; `osmium cat` turns it into .osm.pbf");
    }
    const std::size_t begin = start.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) {
        refuse(path, "is empty");
    }
    start.remove_prefix(begin);
    if (start.front() == '<') {
        return xml_format(path, start, kind);
    }
    if (kind == OsmFileKind::extract && looks_like_opl(start)) {
        return Format::opl;
    }
    if (kind == OsmFileKind::changes) {
        refuse(path, "is not a change file: expected osmChange (.osc, .osc.gz, .osc.bz2)");
    }
    refuse(path, "is not an OpenStreetMap file: expected PBF (.osm.pbf), XML (.osm, .osm.gz, .osm.bz2) or OPL (.opl), and found none of them");
}

Found detect(const std::filesystem::path &path, OsmFileKind kind) {
    const std::string bytes = first_bytes(path);
    Found found;
    found.packing = packing_of(bytes);
    if (found.packing == Packing::none) {
        found.format = format_of(path, bytes, kind);
        return found;
    }
    found.format = format_of(path, unpacked_start(path, found.packing), kind);
    if (found.format == Format::pbf) {
        refuse(path, "is a PBF file packed once more with gzip or bzip2: unpack it first, PBF is packed in itself");
    }
    return found;
}

std::optional<std::uint64_t> number_of(const std::string &text) {
    std::uint64_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    return problem == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

std::string describe(Found found) {
    static constexpr std::string_view formats[] = {"PBF", "XML", "OPL"};
    static constexpr std::string_view packings[] = {"", " packed with gzip", " packed with bzip2"};
    return fmt::format("{}{}", formats[static_cast<std::size_t>(found.format)], packings[static_cast<std::size_t>(found.packing)]);
}

osmium::io::File osmium_file(const std::filesystem::path &path, Found found, OsmFileKind kind) {
    // Absolute: libosmium hands names that begin with "http:" or "file:" to curl, and reads standard input for "-".
    osmium::io::File file(std::filesystem::absolute(path).string());
    static constexpr osmium::io::file_format formats[] = {osmium::io::file_format::pbf, osmium::io::file_format::xml, osmium::io::file_format::opl};
    file.set_format(formats[static_cast<std::size_t>(found.format)]);
    file.set_compression(compression(found.packing));
    file.set_has_multiple_object_versions(kind == OsmFileKind::changes);
    return file;
}

osmium::osm_entity_bits::type entities(OsmObjects objects) {
    switch (objects) {
    case OsmObjects::nodes_and_relations: return osmium::osm_entity_bits::node | osmium::osm_entity_bits::relation;
    case OsmObjects::ways: return osmium::osm_entity_bits::way;
    case OsmObjects::nodes_and_ways_and_relations: return osmium::osm_entity_bits::nwr;
    }
    return osmium::osm_entity_bits::nwr;
}

bool has_osm_name(const std::filesystem::path &path) {
    static constexpr std::array<std::string_view, 6> endings{".osm", ".pbf", ".opl", ".osc", ".osh", ".o5m"};
    const std::string name = path.filename().string();
    return std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) {
        const std::size_t at = name.find(ending);
        return at != std::string::npos && (at + ending.size() == name.size() || name[at + ending.size()] == '.');
    });
}

} // namespace

bool is_osm_file(const std::filesystem::path &path) {
    if (has_osm_name(path)) {
        return true;
    }
    if (!std::filesystem::is_regular_file(path)) {
        return false;
    }
    const std::string start = first_bytes(path);
    return start.find("OSMHeader") < 16 || (start.starts_with('<') && start.find("<osm") != std::string::npos);
}

struct OsmSource::Parts {
    std::filesystem::path path;
    OsmFileKind kind = OsmFileKind::extract;
    bool wants_versions = false;
    Found found;
    std::string format;
    std::uint64_t size_bytes = 0;
    osmium::thread::Pool pool{osm_reader_threads}; // not libosmium's global one: its threads would not survive a fork
};

OsmSource::OsmSource(const std::filesystem::path &path, OsmFileKind kind) {
    if (std::filesystem::is_directory(path)) {
        refuse(path, "is a folder, not a file");
    }
    if (path.filename().string().find(".osh") != std::string::npos) {
        refuse(path, std::string("is by its name ") + history);
    }
    const Found found = detect(path, kind);
    m_parts = std::make_unique<Parts>();
    m_parts->path = path;
    m_parts->kind = kind;
    m_parts->found = found;
    m_parts->format = describe(found);
    std::error_code failure;
    const std::uintmax_t size = std::filesystem::file_size(path, failure);
    m_parts->size_bytes = failure ? 0 : size;
}

OsmSource::~OsmSource() = default;

std::string OsmSource::name() const { return m_parts->path.string(); }
const std::string &OsmSource::format() const noexcept { return m_parts->format; }
std::uint64_t OsmSource::size_bytes() const noexcept { return m_parts->size_bytes; }

void OsmSource::want_versions() noexcept { m_parts->wants_versions = true; }

OsmFileHeader OsmSource::header() const {
    return reading(m_parts->path, [&] {
        osmium::io::Reader reader(osmium_file(m_parts->path, m_parts->found, m_parts->kind), osmium::osm_entity_bits::nothing, m_parts->pool);
        const osmium::io::Header read = reader.header();
        reader.close();
        OsmFileHeader header;
        if (const osmium::Box box = read.joined_boxes(); box.valid()) {
            header.box = geo::LonLatBox{box.bottom_left().lon(), box.bottom_left().lat(), box.top_right().lon(), box.top_right().lat()};
        }
        if (const std::string time = read.get(osm_header_time); !time.empty()) {
            header.changed_at_s = static_cast<std::int64_t>(osmium::Timestamp(time).seconds_since_epoch());
        }
        header.sequence = number_of(read.get(osm_header_sequence));
        header.is_ordered = read.get("sorting") == "Type_then_ID";
        return header;
    });
}

void OsmSource::read(OsmObjects objects, const std::function<std::string()> &place, const Take &take,
                     const std::function<void(std::uint64_t)> &passed) const {
    const std::filesystem::path &path = m_parts->path;
    // Text carries in its metadata whether an object is deleted; PBF does so only in history files, which are refused.
    const bool needs_metadata = m_parts->wants_versions || m_parts->found.format != Format::pbf;
    const auto metadata = needs_metadata ? osmium::io::read_meta::yes : osmium::io::read_meta::no;
    const auto reader = reading(path, [&] {
        auto opened =
            std::make_unique<osmium::io::Reader>(osmium_file(path, m_parts->found, m_parts->kind), entities(objects), metadata, m_parts->pool);
        if (m_parts->kind == OsmFileKind::extract && opened->header().has_multiple_object_versions()) {
            refuse(path, std::string("is ") + history);
        }
        return opened;
    });
    while (osmium::memory::Buffer buffer = reading(
               path, [&] { return reader->read(); }, place)) {
        take(buffer);
        passed(reader->offset());
    }
    reading(
        path, [&] { reader->close(); }, place);
}

} // namespace keyaki::importers
