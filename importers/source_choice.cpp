#include "importers/source_choice.hpp"

#include "geo/error.hpp"
#include "importers/limits.hpp"
#include "importers/text_encoding.hpp"
#include "importers/zip_guard.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cpl_conv.h>
#include <fstream>

namespace keyaki::importers {

namespace {

using geo::ErrorKind;
constexpr std::size_t looked_at_bytes = 8192; // comments and namespaces stand before the first element of real GPX and KML files

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return text;
}

std::string extension_of(const std::filesystem::path &path) { return lower(path.extension().string()); }

std::optional<SourceFormat> format_of_extension(const std::string &extension) {
    static const std::map<std::string_view, SourceFormat> formats = {{".shp", SourceFormat::shapefile},
                                                                     {".gpkg", SourceFormat::geopackage},
                                                                     {".geojson", SourceFormat::geojson},
                                                                     {".json", SourceFormat::geojson},
                                                                     {".geojsonl", SourceFormat::geojson_sequence},
                                                                     {".geojsons", SourceFormat::geojson_sequence},
                                                                     {".ndjson", SourceFormat::geojson_sequence},
                                                                     {".fgb", SourceFormat::flatgeobuf},
                                                                     {".kml", SourceFormat::kml},
                                                                     {".kmz", SourceFormat::kml},
                                                                     {".gpx", SourceFormat::gpx},
                                                                     {".csv", SourceFormat::delimited_text},
                                                                     {".tsv", SourceFormat::delimited_text}};
    const auto found = formats.find(extension);
    return found == formats.end() ? std::nullopt : std::optional(found->second);
}

/// GeoJSON in one piece, or one feature a line: the first line ends a value and the next one begins another.
SourceFormat format_of_json(std::string_view start, const std::string &extension) {
    if (start.starts_with('\x1E') || format_of_extension(extension) == SourceFormat::geojson_sequence) {
        return SourceFormat::geojson_sequence;
    }
    const std::size_t line_end = start.find('\n');
    const std::size_t next = start.find_first_not_of("\r\n\t ", line_end);
    const std::size_t last = line_end == std::string_view::npos ? line_end : start.find_last_not_of("\r\n\t ", line_end);
    const bool sequence = last != std::string_view::npos && last > 0 && start[last] == '}' && next != std::string_view::npos && start[next] == '{';
    return sequence ? SourceFormat::geojson_sequence : SourceFormat::geojson;
}

std::optional<SourceFormat> format_of_content(std::string_view start, const std::string &extension) {
    if (start.starts_with("SQLite format 3")) {
        return SourceFormat::geopackage;
    }
    if (start.starts_with("fgb\x03")) {
        return SourceFormat::flatgeobuf;
    }
    if (start.starts_with(std::string_view("\x00\x00\x27\x0A", 4))) { // ESRI Shapefile Technical Description, table 1: file code 9994
        return SourceFormat::shapefile;
    }
    std::string_view text = start.substr(start.starts_with("\xEF\xBB\xBF") ? 3 : 0);
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    if (text.starts_with('<')) {
        if (text.find("<gpx") != std::string_view::npos || text.find(":gpx") != std::string_view::npos) {
            return SourceFormat::gpx;
        }
        const bool kml = text.find("<kml") != std::string_view::npos || text.find(":kml") != std::string_view::npos;
        return kml ? std::optional(SourceFormat::kml) : std::nullopt;
    }
    const bool json = text.starts_with('{') || text.starts_with('[') || text.starts_with('\x1E');
    return json && extension != ".csv" && extension != ".tsv" ? std::optional(format_of_json(text, extension)) : std::nullopt;
}

/// What a file that is none of ours begins with.
std::string describe_start(std::string_view start) {
    const std::size_t zero = start.find('\0');
    std::string found = "text of another kind";
    if (start.starts_with("%PDF")) {
        found = "a PDF document";
    } else if (start.starts_with("\xD0\xCF\x11\xE0")) {
        found = "an old Excel workbook: save it as CSV";
    } else if (start.find("<osm") != std::string_view::npos || start.find("OSMHeader") < 16) {
        found = "an OpenStreetMap file: `keyaki import osm` reads those";
    } else if (start.find("<html") != std::string_view::npos || start.find("<!DOCTYPE html") != std::string_view::npos) {
        found = "a web page";
    } else if (start.empty()) {
        found = "an empty file";
    } else if (start.find_first_not_of(" \t\r\n") == std::string_view::npos) {
        found = "nothing but white space";
    } else if (start[start.find_first_not_of(" \t\r\n")] == '<') {
        found = "XML that is neither KML nor GPX";
    } else if (zero != std::string_view::npos) {
        found = fmt::format("a zero byte at byte {}", zero + 1);
    }
    return found;
}

[[noreturn]] void refuse_unknown(std::string_view start, const std::string &shown) {
    throw geo::Error(ErrorKind::invalid_input, fmt::format("expected CSV, Shapefile, GeoPackage, GeoJSON, FlatGeobuf, KML or GPX in {}, found {}",
                                                           shown, describe_start(start)));
}

/// Text that is no XML and not empty.
bool looks_like_text(std::string_view start) {
    const std::size_t begin = start.find_first_not_of(" \t\r\n");
    return begin != std::string_view::npos && start[begin] != '<' && start.find('\0') == std::string_view::npos;
}

std::string read_start(const std::filesystem::path &path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw geo::Error(ErrorKind::not_found, fmt::format("expected a file that can be read, found none at {}", path.string()));
    }
    std::string start(looked_at_bytes, '\0');
    file.read(start.data(), static_cast<std::streamsize>(start.size()));
    start.resize(static_cast<std::size_t>(file.gcount()));
    return start;
}

std::string stem_of(const std::string &member) { return std::filesystem::path(member).stem().string(); }
std::string folder_and_stem(const std::string &member) { return (std::filesystem::path(member).parent_path() / stem_of(member)).string(); }

/// Two files of one stem in one folder are the same data in two formats: the surer format stays.
std::vector<std::string> without_doubles(std::vector<std::string> members) {
    const auto format = [](const std::string &member) { return *format_of_extension(extension_of(member)); };
    std::stable_sort(members.begin(), members.end(), [&](const auto &a, const auto &b) {
        const bool text_a = format(a) == SourceFormat::delimited_text;
        const bool text_b = format(b) == SourceFormat::delimited_text;
        return std::pair(text_a, format(a)) < std::pair(text_b, format(b));
    });
    std::vector<std::string> kept;
    for (const std::string &member : members) {
        const auto same = [&](const std::string &other) { return lower(folder_and_stem(other)) == lower(folder_and_stem(member)); };
        if (std::none_of(kept.begin(), kept.end(), same)) {
            kept.push_back(member);
        }
    }
    std::sort(kept.begin(), kept.end());
    return kept;
}

[[noreturn]] void refuse_members(const std::vector<std::string> &all, const std::string &shown) {
    for (const std::string &member : all) {
        const std::string extension = extension_of(member);
        if (extension == ".dbf" || extension == ".shx" || extension == ".prj") {
            throw geo::Error(ErrorKind::invalid_input,
                             fmt::format("expected {}.shp, the part of a shapefile that holds the geometry, beside {} in {}, found none",
                                         stem_of(member), member, shown));
        }
        if (extension == ".zip") {
            throw geo::Error(ErrorKind::invalid_input,
                             fmt::format("expected city data in {}, found another archive in it ({}): unpack the outer one", shown, member));
        }
    }
    throw geo::Error(ErrorKind::invalid_input, fmt::format("expected a file of city data in {}, found {} other files{}{}", shown, all.size(),
                                                           all.empty() ? "" : " such as ", all.empty() ? "" : quoted_value(all.front())));
}

/// The member that is meant. `all` may hold anything that an archive or folder holds.
std::string choose_member(const std::vector<std::string> &all, const ImportOptions &options, const std::string &shown) {
    std::vector<std::string> candidates;
    std::copy_if(all.begin(), all.end(), std::back_inserter(candidates),
                 [](const auto &member) { return format_of_extension(extension_of(member)).has_value(); });
    if (candidates.empty()) {
        refuse_members(all, shown);
    }
    if (options.layer_in_file) {
        const std::string &wanted = *options.layer_in_file;
        for (const std::string &member : without_doubles(candidates)) {
            if (member == wanted || std::filesystem::path(member).filename() == wanted || stem_of(member) == wanted) {
                return member;
            }
        }
        const auto exact = std::find(candidates.begin(), candidates.end(), wanted);
        if (exact != candidates.end()) {
            return *exact;
        }
    }
    candidates = without_doubles(std::move(candidates));
    // With a single candidate the option may mean a layer inside of it.
    if (candidates.size() == 1) {
        return candidates.front();
    }
    const std::string names = fmt::format("{}", fmt::join(candidates, ", "));
    if (options.layer_in_file) {
        throw geo::Error(ErrorKind::not_found, fmt::format("expected \"{}\" in {}, found {}", quoted_value(*options.layer_in_file), shown, names));
    }
    throw geo::Error(ErrorKind::invalid_input,
                     fmt::format("expected one file of city data in {}, found {}: name one with --layer-in-file", shown, names));
}

/// The driver holds all of a workbook in memory, at several times the size of its text.
void refuse_large_workbook(const ZipContents &contents, const std::string &shown) {
    std::uint64_t unpacked_bytes = 0;
    for (const ZipEntry &entry : contents.files) {
        unpacked_bytes += entry.unpacked_bytes;
    }
    if (unpacked_bytes > max_workbook_bytes) {
        throw geo::Error(ErrorKind::too_large,
                         fmt::format("expected a workbook that unpacks to at most {} bytes in {}, found {}: save the table as CSV",
                                     max_workbook_bytes, shown, unpacked_bytes));
    }
}

SourceChoice choose_in_archive(const std::filesystem::path &path, const ImportOptions &options, const std::string &shown) {
    const ZipContents contents = check_zip(path);
    std::vector<std::string> names;
    for (const ZipEntry &entry : contents.files) {
        names.push_back(entry.name);
    }
    const auto has = [&](std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); };
    if (has("[Content_Types].xml") && has("xl/workbook.xml")) {
        refuse_large_workbook(contents, shown);
        return {SourceFormat::workbook, path.string(), "", false};
    }
    if (has("[Content_Types].xml")) {
        throw geo::Error(ErrorKind::invalid_input, fmt::format("expected city data in {}, found an Office document: save the table as CSV", shown));
    }
    const bool only_kml = !names.empty() && std::find(names.begin(), names.end(), "doc.kml") != names.end();
    if (extension_of(path) == ".kmz" || (only_kml && !options.layer_in_file)) {
        return {SourceFormat::kml, path.string(), "", true};
    }
    const std::string member = choose_member(names, options, shown);
    CPLSetConfigOption("CPL_ZIP_ENCODING", contents.name_encoding.c_str()); // GDAL takes names for CP437 otherwise
    return {*format_of_extension(extension_of(member)), fmt::format("/vsizip/{{{}}}/{}", path.string(), member), member, true};
}

SourceChoice choose_in_folder(const std::filesystem::path &path, const ImportOptions &options, const std::string &shown) {
    std::vector<std::string> names;
    for (const auto &entry : std::filesystem::directory_iterator(path)) {
        if (entry.is_regular_file() && names.size() < max_zip_entries) {
            names.push_back(entry.path().filename().string());
        }
    }
    std::sort(names.begin(), names.end());
    const std::string member = choose_member(names, options, shown);
    SourceChoice choice = choose_source(path / member, options);
    choice.member = member;
    return choice;
}

} // namespace

std::string_view driver_name(SourceFormat format) noexcept {
    switch (format) {
    case SourceFormat::delimited_text: break;
    case SourceFormat::shapefile: return "ESRI Shapefile";
    case SourceFormat::geopackage: return "GPKG";
    case SourceFormat::geojson: return "GeoJSON";
    case SourceFormat::geojson_sequence: return "GeoJSONSeq";
    case SourceFormat::flatgeobuf: return "FlatGeobuf";
    case SourceFormat::kml: return "LIBKML";
    case SourceFormat::gpx: return "GPX";
    case SourceFormat::workbook: return "XLSX";
    }
    return "";
}

SourceChoice choose_source(const std::filesystem::path &path, const ImportOptions &options) {
    // Absolute, because GDAL takes some relative names ("/vsicurl/…", literal JSON) for more than files.
    const std::filesystem::path absolute = std::filesystem::absolute(path).lexically_normal();
    const std::string shown = absolute.has_filename() ? absolute.filename().string() : absolute.parent_path().filename().string();
    std::error_code problem;
    const auto status = std::filesystem::status(absolute, problem);
    if (std::filesystem::is_directory(status)) {
        return choose_in_folder(absolute, options, shown);
    }
    if (!std::filesystem::is_regular_file(status)) {
        throw geo::Error(ErrorKind::not_found, fmt::format("expected a file, found none at {}", path.string()));
    }
    const std::string start = read_start(absolute);
    const std::string extension = extension_of(absolute);
    if (start.starts_with("PK\x03\x04") || start.starts_with("PK\x05\x06")) {
        return choose_in_archive(absolute, options, shown);
    }
    if (extension == ".dbf" || extension == ".shx" || extension == ".prj" || extension == ".cpg") {
        const std::filesystem::path shp = std::filesystem::path(absolute).replace_extension(".shp");
        if (!std::filesystem::exists(shp)) {
            refuse_members({shown}, absolute.parent_path().filename().string());
        }
        return {SourceFormat::shapefile, shp.string(), "", false};
    }
    if (const auto format = format_of_content(start, extension)) {
        return {*format, absolute.string(), "", false};
    }
    const auto named = format_of_extension(extension);
    const bool text_named_json = (named == SourceFormat::geojson || named == SourceFormat::geojson_sequence) && looks_like_text(start);
    if (text_named_json) {
        return {*named, absolute.string(), "", false}; // whose reader says what is wrong and where
    }
    if (named && *named != SourceFormat::delimited_text) {
        throw geo::Error(ErrorKind::invalid_input,
                         fmt::format("expected {} in {} by its name, found {}", driver_name(*named), shown, describe_start(start)));
    }
    const bool binary_text = start.starts_with("\xFF\xFE") || start.starts_with("\xFE\xFF") || named.has_value();
    const bool markup = start.find_first_not_of(" \t\r\n") != std::string::npos && start[start.find_first_not_of(" \t\r\n")] == '<';
    if (start.empty() || markup || start.find("<?xml") != std::string::npos || start.find("<html") != std::string::npos ||
        start.starts_with("%PDF") || (start.find('\0') != std::string::npos && !binary_text)) {
        refuse_unknown(start, shown);
    }
    return {SourceFormat::delimited_text, absolute.string(), "", false};
}

} // namespace keyaki::importers
