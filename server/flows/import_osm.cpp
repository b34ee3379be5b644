#include "server/flows/import.hpp"

#include "importers/child_reader.hpp"
#include "importers/osm_rules.hpp"

#include "geo/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace keyaki::server {

namespace {

/// This program, which reads files from outside when it is started as a child.
constexpr const char *own_program = "/proc/self/exe";

/// What the licence asks to be shown (ODbL 1.0, 4.3; openstreetmap.org/copyright); also how a layer is known to be OpenStreetMap's.
constexpr std::string_view osm_attribution = "© OpenStreetMap contributors";

data::LayerGeometry geometry_of(const importers::OsmLayer &layer) {
    if (layer.points && !layer.lines && !layer.polygons) {
        return data::LayerGeometry::point;
    }
    if (layer.lines && !layer.points && !layer.polygons) {
        return data::LayerGeometry::line;
    }
    if (layer.polygons && !layer.points && !layer.lines) {
        return data::LayerGeometry::polygon;
    }
    return data::LayerGeometry::any;
}

data::LayerSpec spec_of(const importers::OsmLayer &layer) {
    data::LayerSpec spec;
    spec.id = layer.id;
    spec.title_ja = layer.title_ja;
    spec.title_en = layer.title_en;
    spec.geometry = geometry_of(layer);
    spec.attribution = osm_attribution;
    spec.zoom_min = layer.zoom_min;
    return spec;
}

/// The drafts that an import fills. With the first feature, or at the end of a file without any, layers of OpenStreetMap that are there get theirs,
/// so that what the file no longer has goes; new ones with their own first feature. A file that cannot be read writes nothing and leaves no empty
/// layers.
class Drafts {
  public:
    Drafts(data::Store &store, std::string author) : m_store(store), m_author(std::move(author)), m_made(store, m_author) {
        for (const importers::OsmLayer &layer : importers::osm_layers()) {
            const auto known = store.find_layer(layer.id);
            if (known && known->spec.attribution != osm_attribution) {
                m_own.emplace_back(layer.id);
            } else if (known) {
                m_known.push_back(&layer);
            }
        }
    }

    /// Layers of these names that are the city's own work; they stay as they are.
    [[nodiscard]] const std::vector<std::string> &own() const noexcept { return m_own; }

    void put(std::string_view layer, geo::Feature &&feature) {
        open_known();
        auto found = m_drafts.find(layer);
        if (found == m_drafts.end()) {
            if (std::find(m_own.begin(), m_own.end(), layer) != m_own.end()) {
                return;
            }
            const auto layers = importers::osm_layers();
            found = open(*std::find_if(layers.begin(), layers.end(), [layer](const importers::OsmLayer &known) { return known.id == layer; }));
        }
        found->second->put(std::move(feature));
    }

    [[nodiscard]] std::map<std::string, data::DraftChanges> commit() {
        open_known();
        std::map<std::string, data::DraftChanges> changes;
        for (const auto &[layer, draft] : m_drafts) {
            changes.emplace(layer, draft->commit());
        }
        m_made.keep();
        return changes;
    }

  private:
    using ByLayer = std::map<std::string, std::unique_ptr<data::DraftWriter>, std::less<>>;

    void open_known() {
        for (const importers::OsmLayer *layer : std::exchange(m_known, {})) {
            open(*layer);
        }
    }
    ByLayer::iterator open(const importers::OsmLayer &layer) {
        m_made.ensure(spec_of(layer));
        const auto opened = m_drafts.emplace(layer.id, m_store.write_draft(layer.id, data::Store::DraftMode::replace, m_author)).first;
        refuse_edited(layer.id);
        return opened;
    }
    /// What somebody has edited in a draft is not written over: there is nobody to ask which of the two counts. Asked once nobody edits any more.
    void refuse_edited(std::string_view layer) {
        std::size_t edited = 0;
        m_store.read_draft_edits(layer, [&edited](std::string && /*id*/, std::optional<geo::Feature> && /*now*/) { ++edited; });
        if (edited > 0) {
            throw geo::Error(geo::ErrorKind::conflict,
                             fmt::format("layer {} has a draft in which {} features were edited, which this import would write "
                                         "over: publish or discard the draft first; nothing was changed",
                                         layer, edited));
        }
    }

    data::Store &m_store;
    std::string m_author;
    MadeLayers m_made; ///< before the drafts: taken away after them
    ByLayer m_drafts;
    std::vector<const importers::OsmLayer *> m_known; ///< whose drafts are still to be begun
    std::vector<std::string> m_own;
};

/// A map without anything on it would empty the layers of the one before: it is a mistake of the file or of the box.
void require_features(const importers::OsmReport &report, const std::filesystem::path &file, bool has_box) {
    const bool has_any = std::any_of(report.features.begin(), report.features.end(), [](const auto &layer) { return layer.second > 0; });
    if (!has_any) {
        throw geo::Error(
            geo::ErrorKind::invalid_input,
            fmt::format("{}: expected roads, buildings or other things that the layers show{}, found none among {} nodes, {} ways and {} "
                        "relations; nothing was changed",
                        file.string(), has_box ? " within the box" : "", report.nodes, report.ways, report.relations));
    }
}

} // namespace

OsmImportOutcome import_osm(data::Store &store, const std::filesystem::path &file, const std::optional<geo::LonLatBox> &box,
                            const std::string &author, const importers::Progress &progress) {
    Drafts drafts(store, author);
    OsmImportOutcome outcome;
    const auto sink = [&](std::string_view layer, geo::Feature &&feature) { drafts.put(layer, std::move(feature)); };
    outcome.report = importers::read_osm_in_child(own_program, file, {box}, sink, progress);
    require_features(outcome.report, file, box.has_value());
    outcome.layers = drafts.commit();
    outcome.left_alone = drafts.own();
    return outcome;
}

} // namespace keyaki::server
