#include "server/features/items_body.hpp"

#include "server/features/feature_json.hpp"
#include "server/geojson.hpp"
#include "server/html.hpp"
#include "server/http/limits.hpp"
#include "server/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace keyaki::server {

namespace {

/// Goes through a page's features piece by piece; how they are written is the form's part.
class ItemsSource : public http::BodySource {
  public:
    ItemsSource(Collection collection, ItemPage page, const Crs &crs, ItemsAddress address)
        : m_collection(std::move(collection)), m_page(std::move(page)), m_crs(crs), m_address(std::move(address)) {}

    bool append_piece(std::string &out) final {
        const std::size_t begin = out.size();
        if (m_returned == 0) {
            append_begin(out);
        }
        append_items(out, begin);
        const bool ends = is_at_end(out.size() - begin);
        if (ends) {
            append_end(out);
        }
        m_bytes += out.size() - begin;
        return !ends;
    }

  protected:
    virtual void append_begin(std::string &out) = 0;
    /// Appends next_feature() as long as the piece, of which `begin` is the first byte, has_room().
    virtual void append_items(std::string &out, std::size_t begin) = 0;
    virtual void append_end(std::string &out) = 0;

    [[nodiscard]] bool has_room(std::size_t piece_bytes) const { return !is_at_end(piece_bytes) && piece_bytes < http::limits::piece_bytes; }
    [[nodiscard]] const tiles::FeatureRef &next_feature() { return m_page.features[m_returned++]; }
    /// Features that have not been given yet.
    [[nodiscard]] std::size_t left() const noexcept { return m_page.features.size() - m_returned; }
    [[nodiscard]] const Collection &collection() const noexcept { return m_collection; }
    [[nodiscard]] const Crs &crs() const noexcept { return m_crs; }
    [[nodiscard]] const ItemsAddress &address() const noexcept { return m_address; }
    [[nodiscard]] std::size_t matched() const noexcept { return m_page.matched; }
    [[nodiscard]] std::size_t returned() const noexcept { return m_returned; }
    [[nodiscard]] std::string collection_address() const { return fmt::format("{}/collections/{}", m_address.base, m_collection.name); }
    [[nodiscard]] std::string item_address(const tiles::FeatureRef &feature) const {
        return fmt::format("{}/items/{}", collection_address(), http::percent_encode(feature.id()));
    }
    /// Of the next page; empty where this one is the last.
    [[nodiscard]] std::string next() const {
        const bool has_next = m_page.has_more || m_returned < m_page.features.size();
        if (!has_next) {
            return {};
        }
        const tiles::FeatureRef &last = m_page.features[m_returned - 1];
        return m_address.next_prefix + http::percent_encode(m_address.after ? m_address.after(last) : std::string(last.id()));
    }

  private:
    [[nodiscard]] bool is_at_end(std::size_t new_bytes) const {
        return m_returned == m_page.features.size() || (m_returned > 0 && m_bytes + new_bytes >= max_page_bytes);
    }

    const Collection m_collection; ///< holds the snapshot, which the features are in
    const ItemPage m_page;
    const Crs &m_crs;
    const ItemsAddress m_address;
    std::size_t m_returned = 0;
    std::size_t m_bytes = 0;
};

class GeojsonItems : public ItemsSource {
  public:
    using ItemsSource::ItemsSource;

  private:
    void append_begin(std::string &out) override { out += R"({"type":"FeatureCollection","features":[)"; }
    void append_items(std::string &out, std::size_t begin) override {
        constexpr std::size_t feature_bytes = 256; // most features of a city take less
        out.reserve(out.size() + std::min(left() * feature_bytes, http::limits::piece_bytes + http::limits::piece_bytes / 8));
        constexpr std::size_t step_bytes = 8192;
        JsonWriter writer(out, step_bytes);
        while (has_room(writer.written() - begin)) {
            writer.write(returned() == 0 ? "" : ",");
            write_feature(writer, next_feature(), crs());
        }
    }
    void append_end(std::string &out) override {
        out += R"(],"links":[)";
        append_link(out, address().self, "self", "application/geo+json");
        append_link(out, address().alternate, "alternate", "text/html");
        append_link(out, collection_address(), "collection", "application/json");
        if (const std::string next_address = next(); !next_address.empty()) {
            append_link(out, next_address, "next", "application/geo+json");
        }
        // No timeStamp, which the standard leaves open: with it no two answers would be the same bytes, and none could be cached by its tag.
        out += fmt::format(R"(],"numberMatched":{},"numberReturned":{}}})", matched(), returned());
    }
    static void append_link(std::string &out, std::string_view href, std::string_view rel, std::string_view type) {
        out += out.back() == '[' ? R"({"href":)" : R"(,{"href":)";
        append_json_string(out, href);
        out += fmt::format(R"(,"rel":"{}","type":"{}"}})", rel, type);
    }
};

void append_property_rows(std::string &out, const tiles::FeatureRef &feature) {
    feature.visit_properties([&](std::string_view name, const tiles::ValueView &value) {
        out += R"(<tr><th scope="row">)";
        append_html_text(out, name);
        out += "</th><td>";
        if (const auto *text = std::get_if<std::string_view>(&value)) {
            append_html_link(out, *text, *text);
        } else {
            std::string json;
            append_json_value(json, value);
            append_html_text(out, json == "null" ? "" : json);
        }
        out += "</td></tr>";
    });
}

/// What a feature is called: its name where it has one, else its id.
std::string heading_of(const tiles::FeatureRef &feature) {
    std::string heading(feature.id());
    feature.visit_properties([&](std::string_view name, const tiles::ValueView &value) {
        const auto *text = std::get_if<std::string_view>(&value);
        if (name == "name" && text != nullptr && !text->empty()) {
            heading = *text;
        }
    });
    return heading;
}

class HtmlItems : public ItemsSource {
  public:
    HtmlItems(Collection collection, ItemPage page, const Crs &crs, ItemsAddress address)
        : ItemsSource(std::move(collection), std::move(page), crs, std::move(address)) {
        const ItemsAddress &here = this->address();
        m_frame = {here.base,
                   this->collection().spec.title_ja,
                   this->collection().spec.title_en,
                   {{here.base + "/collections?f=html", "レイヤー / Layers"}, {collection_address() + "?f=html", this->collection().name}},
                   {{here.alternate, "GeoJSON"}}};
    }

  private:
    void append_begin(std::string &out) override {
        append_page_begin(out, m_frame);
        out += fmt::format("<p>{} 件 / {} features · {}</p>", matched(), matched(), html_text(crs().name));
    }
    void append_items(std::string &out, std::size_t begin) override {
        while (has_room(out.size() - begin)) {
            append_item(out, next_feature());
        }
    }
    void append_item(std::string &out, const tiles::FeatureRef &feature) const {
        out += "<article><h2>";
        append_html_link(out, item_address(feature) + "?f=html", heading_of(feature));
        out += "</h2><table>";
        out += R"(<tr><th scope="row">識別子 / Id</th><td>)" + html_text(feature.id()) + "</td></tr>";
        append_property_rows(out, feature);
        out += R"(<tr><th scope="row">図形 / Geometry</th><td>)";
        out += html_text(geo::geometry_type_name(feature.geometry_type()));
        out += "</td></tr></table></article>";
    }
    void append_end(std::string &out) override {
        if (const std::string next_address = next(); !next_address.empty()) {
            out += R"(<p><a rel="next" href=")" + html_text(next_address) + R"(">次のページ / Next page</a></p>)";
        }
        append_page_end(out, m_frame);
    }

    PageFrame m_frame;
};

} // namespace

std::shared_ptr<http::BodySource> geojson_items(Collection collection, ItemPage page, const Crs &crs, ItemsAddress address) {
    return std::make_shared<GeojsonItems>(std::move(collection), std::move(page), crs, std::move(address));
}

std::shared_ptr<http::BodySource> html_items(Collection collection, ItemPage page, const Crs &crs, ItemsAddress address) {
    return std::make_shared<HtmlItems>(std::move(collection), std::move(page), crs, std::move(address));
}

std::string html_item(const Collection &collection, const tiles::FeatureRef &feature, const Crs &crs, const std::string &base,
                      const std::string &alternate) {
    const std::string layer = fmt::format("{}/collections/{}", base, collection.name);
    const PageFrame frame{base,
                          heading_of(feature),
                          {},
                          {{base + "/collections?f=html", "レイヤー / Layers"},
                           {layer + "?f=html", collection.spec.title_ja},
                           {layer + "/items?f=html", "一覧 / Features"}},
                          {{alternate, "GeoJSON"}}};
    std::string out;
    append_page_begin(out, frame);
    out += R"(<table><tr><th scope="row">識別子 / Id</th><td>)" + html_text(feature.id()) + "</td></tr>";
    append_property_rows(out, feature);
    std::string geometry;
    geo::Geometry shape = feature.geometry();
    to_crs_in_place(crs, shape);
    append_geometry(geometry, shape, decimals_of(crs));
    out += fmt::format(R"(</table><h2>図形 / Geometry <small>{}</small></h2><pre>{}</pre>)", html_text(crs.name), html_text(geometry));
    append_page_end(out, frame);
    return out;
}

} // namespace keyaki::server
