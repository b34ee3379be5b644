#include "server/packs/viewer_data.hpp"

#include "server/geojson.hpp"
#include "server/packs/pack_map.hpp"
#include "server/time.hpp"
#include "server/web/assets.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace keyaki::server::packs {

namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json &json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

constexpr std::string_view folder = "pack/";

Json layers_json(const Manifest &about) {
    Json layers = Json::array();
    for (const PackLayer &layer : about.layers) {
        layers.push_back({{"id", layer.id}, {"title", {{"ja", layer.title_ja}, {"en", layer.title_en}}}, {"revision", layer.revision}});
    }
    return layers;
}

} // namespace

std::vector<ViewerFile> viewer_files() {
    std::vector<ViewerFile> files;
    for (const web::Asset &asset : web::all_assets()) {
        if (asset.path.starts_with(folder)) {
            files.push_back({std::string(asset.path.substr(folder.size())), asset.bytes});
        }
    }
    return files;
}

std::string shelters_geojson(const ServedLayer &shelters) {
    std::string json = R"({"type":"FeatureCollection","name":)";
    append_json_string(json, shelters.layer.spec.title_ja);
    json += R"(,"attribution":)";
    append_json_string(json, shelters.layer.spec.attribution);
    json += fmt::format(R"(,"keyaki:revision":{},"features":[)", shelters.snapshot->description().revision);
    bool is_first = true;
    shelters.snapshot->for_each([&](const tiles::FeatureRef &feature) {
        json += is_first ? "\n" : ",\n";
        is_first = false;
        append_feature(json, feature.feature());
    });
    return json + "\n]}\n";
}

std::string viewer_data(const PackContent &content, const Manifest &about, std::span<const std::pair<std::string_view, std::string>> styles,
                        std::string_view shelters, const std::vector<std::string> &groups) {
    std::string script = "keyakiPack.begin({\n\"about\":";
    script += text_of({{"id", about.id},
                       {"title", {{"ja", about.title_ja}, {"en", about.title_en}}},
                       {"madeOf", format_rfc3339(about.made_of_us)},
                       {"attribution", attribution_of(content)},
                       {"bounds", {about.bounds.west_deg, about.bounds.south_deg, about.bounds.east_deg, about.bounds.north_deg}},
                       {"maxzoom", about.zoom_max},
                       {"hasBase", !content.bases.empty()},
                       {"layers", layers_json(about)}});
    script += ",\n\"styles\":{";
    for (const auto &[name, json] : styles) {
        script += fmt::format("{}\n\"{}\":{}", script.back() == '{' ? "" : ",", name, text_of(Json::parse(json)));
    }
    script += "\n},\n\"shelters\":";
    script += shelters.empty() ? "null" : shelters;
    script += ",\n\"groups\":" + text_of(groups) + "\n});\n";
    return script;
}

std::string read_me(const Manifest &about) {
    return fmt::format("{0} 防災の地図 / {1}: map for disasters\r\n"
                       "{2} 現在 / as of {2}\r\n"
                       "\r\n"
                       "使い方: index.html をダブルクリックすると、ブラウザーで地図が開きます。通信は要りません。\r\n"
                       "災害の種類を選び、今いる場所を地図で押すと、いちばん近い避難場所がわかります。\r\n"
                       "\r\n"
                       "How to use: open index.html in a browser. No network is needed.\r\n"
                       "Choose a disaster and tap where you are on the map to find the nearest evacuation site.\r\n"
                       "\r\n"
                       "本物であることの確認 / To check that nothing was changed:\r\n"
                       "  keyaki pack verify . --key FILE.pub\r\n"
                       "または（二つとも） / or, both of:\r\n"
                       "  minisign -V -m {3} -p FILE.pub\r\n"
                       "  jq -r '.files[] | .sha256 + \"  \" + .path' {3} | sha256sum -c --quiet\r\n"
                       "\r\n"
                       "{4} 地図（PMTiles）/ the map; {5} 避難場所（GeoJSON）/ evacuation sites; styles, sprites, glyphs: MapLibre\r\n"
                       "{6}\r\n",
                       about.title_ja, about.title_en, format_rfc3339_jst(about.made_of_us), manifest_name, map_pmtiles_name, shelters_name,
                       about.attribution);
}

} // namespace keyaki::server::packs
