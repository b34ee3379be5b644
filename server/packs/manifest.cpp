#include "server/packs/manifest.hpp"

#include "data/layer.hpp"
#include "data/sha256.hpp"
#include "geo/error.hpp"
#include "server/packs/limits.hpp"
#include "server/time.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace keyaki::server::packs {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view format = "keyaki-pack 1";

[[noreturn]] void refuse(const std::string &where, const std::string &what) {
    throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("{}: {}", where, what));
}

bool is_hash(std::string_view text) {
    const auto is_digit = [](char letter) { return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f'); };
    return text.size() == 64 && std::all_of(text.begin(), text.end(), is_digit);
}

std::int64_t time_in(const Json &json, const std::string &where) {
    const auto time = parse_rfc3339_us(json.get<std::string>());
    if (!time) {
        refuse(where, fmt::format("expected a time as RFC 3339 has it, found {}", json.dump()));
    }
    return *time;
}

PackLayer read_layer(const Json &json, const std::string &where) {
    return {json.at("id").get<std::string>(),         json.at("title_ja").get<std::string>(), json.at("title_en").get<std::string>(),
            json.at("revision").get<std::uint64_t>(), time_in(json.at("published"), where),   json.at("features").get<std::uint64_t>()};
}

PackFile read_file(const Json &json, const std::string &where) {
    PackFile file{json.at("path").get<std::string>(), json.at("bytes").get<std::uint64_t>(), json.at("sha256").get<std::string>()};
    if (!is_pack_path(file.path)) {
        refuse(where, fmt::format("expected the path of a file within the pack, found {}", json.at("path").dump()));
    }
    if (!is_hash(file.sha256) || file.bytes > max_file_bytes) {
        refuse(where, fmt::format("{}: expected 64 hexadecimal digits of a SHA-256 and at most {} bytes", file.path, max_file_bytes));
    }
    return file;
}

Manifest read_manifest(const Json &json, const std::string &where) {
    if (json.at("format") != format) {
        refuse(where, fmt::format("expected the format \"{}\", found {}", format, json.at("format").dump()));
    }
    Manifest manifest;
    manifest.id = json.at("id").get<std::string>();
    if (!data::is_layer_id(manifest.id)) {
        refuse(where, "expected an id of a-z, 0-9 and _ that begins with a letter");
    }
    manifest.title_ja = json.at("title_ja").get<std::string>();
    manifest.title_en = json.at("title_en").get<std::string>();
    manifest.made_of_us = time_in(json.at("made_of"), where);
    if (!json.at("layers").is_array() || !json.at("files").is_array()) {
        refuse(where, "expected layers and files as lists");
    }
    for (const Json &layer : json.at("layers")) {
        manifest.layers.push_back(read_layer(layer, where));
    }
    manifest.attribution = json.at("attribution").get<std::string>();
    const Json &bounds = json.at("bounds");
    manifest.bounds = {bounds.at(0).get<double>(), bounds.at(1).get<double>(), bounds.at(2).get<double>(), bounds.at(3).get<double>()};
    manifest.zoom_max = json.at("zoom_max").get<int>();
    manifest.shelters = json.at("shelters").get<std::uint64_t>();
    if (json.at("files").size() > max_files) {
        throw geo::Error(geo::ErrorKind::too_large,
                         fmt::format("{}: expected at most {} files, found {}", where, max_files, json.at("files").size()));
    }
    for (const Json &file : json.at("files")) {
        manifest.files.push_back(read_file(file, where));
        if (manifest.files.size() > 1 && manifest.files[manifest.files.size() - 2].path >= manifest.files.back().path) {
            refuse(where, fmt::format("expected the files in the order of their paths, each once, found {}", manifest.files.back().path));
        }
    }
    return manifest;
}

} // namespace

bool is_pack_path(std::string_view path) {
    if (path.empty() || path.size() > max_path_bytes || path == manifest_name || path == signature_name) {
        return false;
    }
    const auto is_plain = [](unsigned char letter) { return letter >= 0x20 && letter < 0x7f && letter != '\\' && letter != ':'; };
    if (!std::all_of(path.begin(), path.end(), is_plain)) {
        return false;
    }
    for (std::size_t begin = 0; begin <= path.size();) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        const std::string_view name = path.substr(begin, end - begin);
        if (name.empty() || name == "." || name == "..") {
            return false;
        }
        begin = end + 1;
    }
    return true;
}

const PackFile *Manifest::find(std::string_view path) const noexcept {
    const auto found =
        std::lower_bound(files.begin(), files.end(), path, [](const PackFile &file, std::string_view wanted) { return file.path < wanted; });
    return found == files.end() || found->path != path ? nullptr : &*found;
}

std::uint64_t Manifest::bytes() const noexcept {
    std::uint64_t sum = 0;
    for (const PackFile &file : files) {
        sum += file.bytes;
    }
    return sum;
}

std::string to_json(const Manifest &manifest) {
    Json layers = Json::array();
    for (const PackLayer &layer : manifest.layers) {
        layers.push_back({{"id", layer.id},
                          {"title_ja", layer.title_ja},
                          {"title_en", layer.title_en},
                          {"revision", layer.revision},
                          {"published", format_rfc3339(layer.published_at_us)},
                          {"features", layer.features}});
    }
    Json files = Json::array();
    for (const PackFile &file : manifest.files) {
        files.push_back({{"path", file.path}, {"bytes", file.bytes}, {"sha256", file.sha256}});
    }
    const Json json{{"format", format},
                    {"id", manifest.id},
                    {"title_ja", manifest.title_ja},
                    {"title_en", manifest.title_en},
                    {"made_of", format_rfc3339(manifest.made_of_us)},
                    {"layers", layers},
                    {"attribution", manifest.attribution},
                    {"bounds", {manifest.bounds.west_deg, manifest.bounds.south_deg, manifest.bounds.east_deg, manifest.bounds.north_deg}},
                    {"zoom_max", manifest.zoom_max},
                    {"shelters", manifest.shelters},
                    {"files", files}};
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Manifest parse_manifest(std::string_view json, const std::string &where) {
    if (json.size() > max_manifest_bytes) {
        throw geo::Error(geo::ErrorKind::too_large, fmt::format("{}: expected at most {} bytes, found {}", where, max_manifest_bytes, json.size()));
    }
    try {
        // Nothing of ours is deeper than a file in a list in the whole.
        bool is_too_deep = false;
        const Json document = Json::parse(json, [&](int depth, Json::parse_event_t, Json &) { return !(is_too_deep = is_too_deep || depth > 4); });
        if (is_too_deep) {
            refuse(where, "expected the manifest of a pack, found JSON that is deeper");
        }
        return read_manifest(document, where);
    } catch (const Json::exception &error) {
        refuse(where, fmt::format("expected the manifest of a pack, found something else ({})", error.what()));
    }
}

std::string version_of(std::string_view manifest_json) { return data::to_hex(data::sha256(manifest_json)).substr(0, 12); }

std::string trusted_comment(const Manifest &manifest) {
    return fmt::format("timestamp:{}\tfile:{}\thashed", manifest.made_of_us / 1'000'000, manifest_name);
}

} // namespace keyaki::server::packs
