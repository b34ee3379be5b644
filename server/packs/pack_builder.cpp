#include "server/packs/pack_builder.hpp"

#include "server/packs/pack_folder.hpp"
#include "server/packs/pack_map.hpp"
#include "server/packs/pack_style.hpp"
#include "server/packs/viewer_data.hpp"
#include "server/web/assets.hpp"
#include "server/web/glyphs/glyph_set.hpp"
#include "tiles/gzip.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace keyaki::server::packs {

namespace {

namespace glyphs = web::glyphs;
using Styles = std::vector<std::pair<std::string_view, std::string>>;

Manifest about(const PackContent &content) {
    Manifest manifest;
    manifest.id = content.id;
    manifest.title_ja = content.city.ja;
    manifest.title_en = content.city.en;
    manifest.bounds = content.area;
    manifest.zoom_max = content.zoom_max;
    for (const ServedLayer &served : content.layers) {
        const data::LayerSpec &spec = served.layer.spec;
        manifest.layers.push_back(
            {spec.id, spec.title_ja, spec.title_en, served.layer.revision, served.layer.published_at_us, served.snapshot->size()});
        manifest.made_of_us = std::max(manifest.made_of_us, served.layer.published_at_us);
    }
    for (const std::string &text : attribution_texts(content)) {
        manifest.attribution += (manifest.attribution.empty() ? "" : ", ") + text;
    }
    if (const ServedLayer *shelters = content.find(shelter_layer)) {
        manifest.shelters = shelters->snapshot->size();
    }
    return manifest;
}

std::uint64_t add_map(PackFolder &folder, const PackContent &content, unsigned threads, const TileProgress &progress, tiles::LetterRanges &letters) {
    const auto pmtiles = folder.place_for(map_pmtiles_name);
    const PackMap map = write_map(content, pmtiles, threads, progress);
    folder.take(map_pmtiles_name);
    copy_to_mbtiles(content, pmtiles, folder.place_for(map_mbtiles_name), progress);
    folder.take(map_mbtiles_name);
    letters.add(map.letters);
    return map.archive.tiles;
}

/// Only the ranges that the map's texts need: the whole font has 13 MB.
void add_glyphs(PackFolder &folder, const tiles::LetterRanges &letters) {
    for (const std::string_view stack : glyphs::stacks()) {
        for (std::size_t range = 0; range < tiles::LetterRanges::count; ++range) {
            const auto first = static_cast<char32_t>(range * tiles::LetterRanges::characters_per_range);
            const auto found = letters.has(range) ? glyphs::find_range(stack, first) : std::nullopt;
            if (found) {
                const auto last = static_cast<std::uint32_t>(first) + tiles::LetterRanges::characters_per_range - 1;
                folder.add(fmt::format("glyphs/{}/{}-{}.pbf", stack, static_cast<std::uint32_t>(first), last), tiles::gunzip(found->gzip));
            }
        }
    }
}

/// The sprites under the name that stays, and the fonts' licence.
void add_assets(PackFolder &folder) {
    for (const web::Asset &asset : web::all_assets()) {
        const bool is_sprite = asset.path.starts_with("sprites/") && !asset.immutable;
        if (is_sprite || asset.path == "glyphs/licence.txt") {
            folder.add(asset.path, asset.bytes);
        }
    }
}

Styles add_styles(PackFolder &folder, const PackContent &content, tiles::LetterRanges &letters) {
    Styles styles;
    for (const std::string_view name : style_names()) {
        styles.emplace_back(name, pack_style(content, name));
        letters.add(styles.back().second); // words of its own, such as the hazards'
        folder.add(fmt::format("styles/{}.json", name), styles.back().second);
    }
    return styles;
}

void add_viewer(PackFolder &folder, const PackContent &content, const Manifest &manifest, const Styles &styles, std::string_view shelters) {
    for (const ViewerFile &file : viewer_files()) {
        folder.add(file.path, file.bytes);
    }
    std::vector<std::string> groups;
    for_each_group(folder.place_for(map_pmtiles_name), [&](const std::string &name, const std::string &script) {
        folder.add(fmt::format("viewer/tiles/{}.js", name), script);
        groups.push_back(name);
    });
    folder.add("viewer/data.js", viewer_data(content, manifest, styles, shelters, groups));
    folder.add("README.txt", read_me(manifest));
}

} // namespace

BuiltPack build_pack(const std::filesystem::path &folder, const PackContent &content, const SecretKey &key, unsigned threads,
                     const TileProgress &progress) {
    PackFolder files(folder);
    BuiltPack pack;
    pack.manifest = about(content);
    tiles::LetterRanges letters;
    pack.tiles = add_map(files, content, threads, progress, letters);
    const Styles styles = add_styles(files, content, letters);
    add_glyphs(files, letters);
    add_assets(files);
    std::string shelters;
    if (const ServedLayer *layer = content.find(shelter_layer)) {
        shelters = shelters_geojson(*layer);
        files.add(shelters_name, shelters);
    }
    add_viewer(files, content, pack.manifest, styles, shelters);
    pack.manifest.files = files.files();
    const std::string manifest = to_json(pack.manifest);
    files.add_unlisted(manifest_name, manifest);
    files.add_unlisted(signature_name, key.sign(manifest, trusted_comment(pack.manifest)));
    files.finish();
    pack.version = version_of(manifest);
    return pack;
}

} // namespace keyaki::server::packs
