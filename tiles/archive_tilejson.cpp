#include "tiles/archive_tilejson.hpp"

#include "tiles/limits.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>

namespace keyaki::tiles {

namespace {

using Json = nlohmann::ordered_json;

/// The address of `a href="…"`, the inside of a tag, where it is one of the web; else "".
std::string_view web_address(std::string_view tag) {
    if (tag.size() < 2 || (tag[0] != 'a' && tag[0] != 'A') || std::isspace(static_cast<unsigned char>(tag[1])) == 0) {
        return {};
    }
    const std::size_t name = tag.find("href=");
    if (name == std::string_view::npos || name + 6 >= tag.size() || (tag[name + 5] != '"' && tag[name + 5] != '\'')) {
        return {};
    }
    const std::size_t begin = name + 6;
    const std::size_t end = tag.find(tag[name + 5], begin);
    const std::string_view address = tag.substr(begin, end == std::string_view::npos ? 0 : end - begin);
    return address.starts_with("https://") || address.starts_with("http://") ? address : std::string_view();
}

/// Leaves an entity such as &copy; or &#169; as it is.
bool is_entity(std::string_view text) {
    const std::size_t end = text.find(';');
    if (end == std::string_view::npos || end < 2 || end > 10) {
        return false;
    }
    const std::string_view name = text.substr(1, end - 1);
    return std::all_of(name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '#'; });
}

class Cleaner {
  public:
    std::string clean(std::string_view html) {
        while (!html.empty()) {
            const std::size_t end = html.front() == '<' ? html.find('>') : std::string_view::npos;
            if (end != std::string_view::npos) {
                take_tag(html.substr(1, end - 1));
                html.remove_prefix(end + 1);
            } else {
                m_text += html.front() == '&' && is_entity(html) ? std::string("&") : html_escaped(html.substr(0, 1));
                html.remove_prefix(1);
            }
        }
        end_link();
        return std::move(m_text);
    }

  private:
    void take_tag(std::string_view tag) {
        if (const std::string_view address = web_address(tag); !address.empty()) {
            end_link();
            m_text += "<a href=\"" + html_escaped(address) + "\">";
            m_is_in_link = true;
        } else if (tag == "/a" || tag == "/A") {
            end_link();
        }
    }
    void end_link() {
        m_text += m_is_in_link ? "</a>" : "";
        m_is_in_link = false;
    }

    std::string m_text;
    bool m_is_in_link = false;
};

} // namespace

std::string html_escaped(std::string_view text) {
    std::string escaped;
    for (const char character : text) {
        switch (character) {
        case '&': escaped += "&amp;"; break;
        case '<': escaped += "&lt;"; break;
        case '>': escaped += "&gt;"; break;
        case '"': escaped += "&quot;"; break;
        case '\'': escaped += "&#39;"; break;
        default: escaped += character;
        }
    }
    return escaped;
}

std::string safe_attribution(std::string_view html) { return Cleaner().clean(html.substr(0, max_attribution_bytes)); }

std::string archive_tilejson(const ArchiveDescription &description, const ArchiveTilejsonOptions &options) {
    const geo::LonLatBox &bounds = description.bounds;
    Json json = {{"tilejson", "3.0.0"}};
    json["name"] = description.name;
    if (!description.description.empty()) {
        json["description"] = description.description;
    }
    json["scheme"] = "xyz";
    json["tiles"] = {options.tiles_url};
    json["minzoom"] = options.zoom_min;
    json["maxzoom"] = options.zoom_max;
    json["bounds"] = {bounds.west_deg, bounds.south_deg, bounds.east_deg, bounds.north_deg};
    json["center"] = {(bounds.west_deg + bounds.east_deg) / 2, (bounds.south_deg + bounds.north_deg) / 2,
                      zoom_that_shows(bounds, options.zoom_min, options.zoom_max)};
    if (!description.attribution.empty()) {
        json["attribution"] = description.attribution;
    }
    json["vector_layers"] = Json::parse(description.vector_layers);
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace keyaki::tiles
