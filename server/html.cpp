#include "server/html.hpp"

#include "server/web/assets.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace keyaki::server {

namespace {

using nlohmann::ordered_json;

constexpr std::string_view policy =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'";

/// What members of our documents are called on a page; others keep their names.
constexpr std::array<std::pair<std::string_view, std::string_view>, 24> labels{{{"title", "名称 / Title"},
                                                                                {"description", "説明 / Description"},
                                                                                {"id", "識別子 / Id"},
                                                                                {"links", "リンク / Links"},
                                                                                {"collections", "レイヤー / Layers"},
                                                                                {"extent", "範囲 / Extent"},
                                                                                {"spatial", "位置 / Spatial"},
                                                                                {"temporal", "時間 / Temporal"},
                                                                                {"interval", "期間 / Interval"},
                                                                                {"bbox", "西南東北 / West, south, east, north"},
                                                                                {"crs", "座標参照系 / CRS"},
                                                                                {"storageCrs", "保管の座標参照系 / Storage CRS"},
                                                                                {"itemType", "要素の種類 / Item type"},
                                                                                {"attribution", "出典 / Attribution"},
                                                                                {"conformsTo", "準拠する規格 / Conforms to"},
                                                                                {"properties", "属性 / Properties"},
                                                                                {"type", "型 / Type"},
                                                                                {"format", "形式 / Format"},
                                                                                {"tilesets", "タイルセット / Tilesets"},
                                                                                {"keyaki:title_ja", "日本語の名称 / Japanese title"},
                                                                                {"keyaki:title_en", "英語の名称 / English title"},
                                                                                {"keyaki:revision", "版 / Revision"},
                                                                                {"keyaki:feature_count", "件数 / Number of features"},
                                                                                {"keyaki:published_at", "公開日時 / Published at"}}};

/// The map page's icon, without which browsers ask for one that is not there.
std::string_view icon_path() {
    const auto assets = web::all_assets();
    const auto icon = std::find_if(assets.begin(), assets.end(), [](const web::Asset &asset) {
        return asset.path.starts_with("assets/icon") && asset.content_type == "image/svg+xml";
    });
    return icon == assets.end() ? std::string_view() : icon->path;
}

std::string_view label_of(std::string_view member) {
    const auto *const found = std::find_if(labels.begin(), labels.end(), [member](const auto &label) { return label.first == member; });
    return found == labels.end() ? member : found->second;
}

bool is_safe_address(std::string_view address) {
    return address.starts_with("http://") || address.starts_with("https://") || (address.starts_with('/') && !address.starts_with("//"));
}

/// A link object of OGC API – Common.
bool is_link(const ordered_json &json) {
    return json.is_object() && json.contains("href") && json.contains("rel") && json["href"].is_string() && json["rel"].is_string();
}

void append_link_object(std::string &out, const ordered_json &link) {
    const std::string address = link["href"].get<std::string>();
    const auto text_of = [&](const char *member) { return link.contains(member) && link[member].is_string() ? link[member].get<std::string>() : ""; };
    const std::string title = text_of("title");
    if (link.value("templated", false)) {
        append_html_text(out, (title.empty() ? address : title + ": " + address));
    } else {
        append_html_link(out, address, title.empty() ? address : title);
    }
    out += " <small>";
    append_html_text(out, text_of("rel") + " " + text_of("type"));
    out += "</small>";
}

void append_value(std::string &out, const ordered_json &json, int depth);

void append_members(std::string &out, const ordered_json &object, int depth) {
    out += "<table>";
    for (const auto &[name, value] : object.items()) {
        out += R"(<tr><th scope="row">)";
        append_html_text(out, label_of(name));
        out += "</th><td>";
        append_value(out, value, depth + 1);
        out += "</td></tr>";
    }
    out += "</table>";
}

void append_elements(std::string &out, const ordered_json &array, int depth) {
    const bool is_flat = std::all_of(array.begin(), array.end(), [](const auto &element) { return element.is_number() || element.is_null(); });
    if (is_flat) {
        append_html_text(out, array.dump());
        return;
    }
    out += "<ul>";
    for (const auto &element : array) {
        out += "<li>";
        append_value(out, element, depth + 1);
        out += "</li>";
    }
    out += "</ul>";
}

void append_value(std::string &out, const ordered_json &json, int depth) {
    constexpr int deepest = 16; // none of our documents is
    if (is_link(json)) {
        append_link_object(out, json);
    } else if (json.is_object() && depth < deepest) {
        append_members(out, json, depth);
    } else if (json.is_array() && depth < deepest) {
        append_elements(out, json, depth);
    } else if (json.is_string()) {
        const std::string text = json.get<std::string>();
        append_html_link(out, text, text);
    } else if (json.is_boolean()) {
        out += json.get<bool>() ? "はい / yes" : "いいえ / no";
    } else {
        append_html_text(out, json.dump());
    }
}

} // namespace

void append_html_text(std::string &out, std::string_view text) {
    for (const char letter : text) {
        switch (letter) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        case '\'': out += "&#39;"; break;
        default: out += letter;
        }
    }
}

std::string html_text(std::string_view text) {
    std::string out;
    append_html_text(out, text);
    return out;
}

void append_html_link(std::string &out, std::string_view address, std::string_view text) {
    if (!is_safe_address(address)) {
        append_html_text(out, text);
        return;
    }
    out += R"(<a href=")";
    append_html_text(out, address);
    out += "\">";
    append_html_text(out, text);
    out += "</a>";
}

void append_page_begin(std::string &out, const PageFrame &frame) {
    out +=
        R"(<!doctype html><html lang="ja"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>)";
    append_html_text(out, frame.title_ja + (frame.title_en.empty() ? "" : " / " + frame.title_en));
    out += R"(</title><link rel="stylesheet" href=")" + html_text(frame.base) + std::string(style_address) +
           R"("><link rel="icon" type="image/svg+xml" href=")" + html_text(frame.base) + "/" + std::string(icon_path()) +
           R"("></head><body><header><nav aria-label="現在地 / Path">)";
    append_html_link(out, frame.base + "/", "地図 / Map");
    for (const PageFrame::Step &step : frame.path) {
        out += " › ";
        append_html_link(out, step.address, step.text);
    }
    out += "</nav></header><main><h1>";
    append_html_text(out, frame.title_ja);
    if (!frame.title_en.empty() && frame.title_en != frame.title_ja) {
        out += R"( <span lang="en">)";
        append_html_text(out, frame.title_en);
        out += "</span>";
    }
    out += "</h1>";
}

void append_page_end(std::string &out, const PageFrame &frame) {
    out += R"(</main><footer><nav aria-label="関連 / Related"><p>)";
    for (const PageFrame::Step &other : frame.others) {
        append_html_link(out, other.address, other.text);
        out += " · ";
    }
    append_html_link(out, frame.base + "/collections?f=html", "レイヤー / Layers");
    out += " · ";
    append_html_link(out, frame.base + "/api?f=html", "APIの説明 / API description");
    out += " · ";
    append_html_link(out, frame.base + "/conformance?f=html", "準拠する規格 / Conformance");
    out += "</p></nav></footer></body></html>\n";
}

void append_json_as_html(std::string &out, const ordered_json &json) { append_value(out, json, 0); }

http::Response &&with_page_policy(http::Response &&response) {
    response.headers.set("Content-Security-Policy", std::string(policy));
    return std::move(response);
}

http::Response html_response(std::string page) { return with_page_policy(http::html(200, std::move(page))); }

std::string_view style_sheet() {
    return "body{margin:0;font:1rem/1.6 system-ui,sans-serif;color:#1b1b1b;background:#fff}"
           "header,main,footer{max-width:64rem;margin:0 auto;padding:.5rem 1rem}"
           "header{border-bottom:3px solid #14532f}footer{border-top:1px solid #767676;margin-top:2rem}"
           "h1{font-size:1.5rem;line-height:1.3}h1 span{font-size:1rem;color:#4a4a4a;font-weight:400}h2{font-size:1.15rem;margin:1.5rem 0 .25rem}"
           "a{color:#0b4f8a}a:focus-visible{outline:3px solid #b85c00;outline-offset:2px}"
           "table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.25rem .5rem;border-bottom:1px solid #d0d0d0;"
           "overflow-wrap:anywhere}th{width:14rem;font-weight:600}ul{margin:0;padding-left:1.2rem}small{color:#4a4a4a}"
           "pre{white-space:pre-wrap;overflow-wrap:anywhere;max-height:24rem;overflow:auto}"
           "@media(max-width:40rem){th,td{display:block;width:auto;border:0}tr{display:block;border-bottom:1px solid #d0d0d0}}"
           "@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}a{color:#8cc4ff}small,h1 "
           "span{color:#bbb}th,td,tr{border-color:#444}}";
}

} // namespace keyaki::server
