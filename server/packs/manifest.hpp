#pragma once

#include "geo/lon_lat.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server::packs {

/// The names of what every pack has.
inline constexpr std::string_view manifest_name = "manifest.json";
inline constexpr std::string_view signature_name = "manifest.json.minisig";
inline constexpr std::string_view map_pmtiles_name = "map.pmtiles";
inline constexpr std::string_view map_mbtiles_name = "map.mbtiles";
inline constexpr std::string_view shelters_name = "shelters.geojson";

/// "a/b.json", and nothing that leads out of a pack or that Windows takes for something else; not the manifest and its signature.
[[nodiscard]] bool is_pack_path(std::string_view path);

struct PackFile {
    std::string path; ///< within the pack, with slashes: "styles/light.json"
    std::uint64_t bytes = 0;
    std::string sha256; ///< 64 lower-case hexadecimal digits

    friend bool operator==(const PackFile &, const PackFile &) = default;
};

struct PackLayer {
    std::string id;
    std::string title_ja;
    std::string title_en;
    std::uint64_t revision = 0;
    std::int64_t published_at_us = 0; ///< Unix time
    std::uint64_t features = 0;

    friend bool operator==(const PackLayer &, const PackLayer &) = default;
};

/// What a pack says of itself: the one file that is signed, and that has the hash of every other.
struct Manifest {
    std::string id;
    std::string title_ja;
    std::string title_en;
    std::int64_t made_of_us = 0; ///< when the newest of its revisions was published: the same content is the same pack, whenever it is made
    std::vector<PackLayer> layers;
    std::string attribution; ///< plain text
    geo::LonLatBox bounds;
    int zoom_max = 0;
    std::uint64_t shelters = 0;
    std::vector<PackFile> files; ///< ascending by path; without manifest and signature

    /// nullptr where there is no such file.
    [[nodiscard]] const PackFile *find(std::string_view path) const noexcept;
    [[nodiscard]] std::uint64_t bytes() const noexcept; ///< of all files

    friend bool operator==(const Manifest &, const Manifest &) = default;
};

[[nodiscard]] std::string to_json(const Manifest &manifest);
/// Of whoever made it: paths that lead out of the pack, twice or in another order, are refused as is what is no manifest. Error invalid_input, which
/// names `where` and what is wrong; too_large past limits.hpp.
[[nodiscard]] Manifest parse_manifest(std::string_view json, const std::string &where);

/// Names a pack for good: the first 12 hexadecimal digits of its manifest's SHA-256.
[[nodiscard]] std::string version_of(std::string_view manifest_json);

/// The comment that is signed with a manifest, as minisign itself would write it.
[[nodiscard]] std::string trusted_comment(const Manifest &manifest);

} // namespace keyaki::server::packs
