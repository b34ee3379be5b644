#include "server/osm/osm_drafts.hpp"

#include "data/feature_row.hpp"
#include "geo/error.hpp"
#include "server/imports/feature_names.hpp"
#include "server/osm/limits.hpp"
#include "server/osm/osm_import.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace keyaki::server {

namespace {

using imports::ConflictRule;
using imports::MergeResult;

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

std::optional<data::ContentHash> content_of(const std::optional<geo::Feature> &feature) {
    return feature ? std::optional(data::to_row(*feature).content_hash) : std::nullopt;
}

} // namespace

OsmDrafts::OsmDrafts(data::Store &store, std::string author, ConflictRule conflicts)
    : m_store(store), m_author(std::move(author)), m_made(store, m_author) {
    m_findings.is_compared = true;
    m_findings.conflict_rule = conflicts;
    for (const importers::OsmLayer &layer : importers::osm_layers()) {
        const auto known = store.find_layer(layer.id);
        if (known && known->spec.attribution != osm_attribution) {
            m_own.emplace_back(layer.id);
        } else if (known) {
            m_known.push_back(&layer);
        }
    }
}

OsmDrafts::~OsmDrafts() = default;

void OsmDrafts::put(std::string_view layer, geo::Feature &&feature) {
    open_known();
    auto found = m_drafts.find(layer);
    if (found == m_drafts.end()) {
        if (std::find(m_own.begin(), m_own.end(), layer) != m_own.end()) {
            return;
        }
        const auto layers = importers::osm_layers();
        found = open(*std::find_if(layers.begin(), layers.end(), [layer](const importers::OsmLayer &known) { return known.id == layer; }));
    }
    settle(found->first, found->second, std::move(feature));
}

std::map<std::string, data::DraftChanges> OsmDrafts::commit() {
    open_known();
    for (auto &[layer, draft] : m_drafts) {
        settle_unmet(layer, draft);
    }
    refuse_conflicts();
    std::map<std::string, data::DraftChanges> changes;
    for (const auto &[layer, draft] : m_drafts) {
        changes.emplace(layer, draft.writer->commit());
    }
    m_made.keep();
    return changes;
}

void OsmDrafts::open_known() {
    for (const importers::OsmLayer *layer : std::exchange(m_known, {})) {
        open(*layer);
    }
}

OsmDrafts::ByLayer::iterator OsmDrafts::open(const importers::OsmLayer &layer) {
    m_made.ensure(spec_of(layer));
    const auto opened = m_drafts.emplace(layer.id, Draft{m_store.write_draft(layer.id, data::Store::DraftMode::replace, m_author), {}}).first;
    read_edits(opened->first, opened->second); // nobody edits any more, now that an import runs
    return opened;
}

void OsmDrafts::read_edits(const std::string &layer, Draft &draft) const {
    m_store.read_own_edits(layer, [&](data::OwnEdit &&edit) {
        if (draft.edits.size() == max_own_edits) {
            throw geo::Error(geo::ErrorKind::too_large,
                             fmt::format("expected at most {} edits of the city's own in layer {}, found more: they are held in "
                                         "memory while a file is read; nothing was changed",
                                         max_own_edits, layer));
        }
        draft.edits.emplace(std::move(edit.feature_id), Edit{content_of(edit.now), edit.brought, false});
    });
}

void OsmDrafts::settle(const std::string &layer, Draft &draft, geo::Feature &&feature) {
    const auto found = draft.edits.find(feature.id);
    if (found == draft.edits.end()) {
        return draft.writer->put(std::move(feature));
    }
    found->second.is_met = true;
    settle_edit(layer, draft, found->first, found->second, std::move(feature));
}

/// Features that the city edited, added or removed, and the file does not have.
void OsmDrafts::settle_unmet(const std::string &layer, Draft &draft) {
    for (const auto &[id, edit] : draft.edits) {
        if (!edit.is_met) {
            settle_edit(layer, draft, id, edit, std::nullopt);
        }
    }
}

std::optional<geo::Feature> OsmDrafts::edited(const std::string &layer, const std::string &id, const Edit &edit) const {
    if (!edit.now) {
        return std::nullopt;
    }
    auto stored = m_store.find_feature(layer, data::LayerState::draft(), id);
    if (!stored) {
        throw geo::Error(geo::ErrorKind::internal, fmt::format("expected feature {} in the draft of layer {}, found none", id, layer));
    }
    return std::move(stored->feature);
}

void OsmDrafts::settle_edit(const std::string &layer, Draft &draft, const std::string &id, const Edit &edit, std::optional<geo::Feature> &&file) {
    const std::optional<data::ContentHash> content = content_of(file);
    const MergeResult result = imports::merge(edit.brought, content, edit.now);
    std::optional<geo::Feature> now = edited(layer, id, edit);
    bool keeps = false;
    if (result != MergeResult::file) {
        imports::MetFeature met;
        const std::optional<geo::Feature> &named = now ? now : file;
        met.feature = {fmt::format("{}/{}", layer, id), named ? imports::name_of(*named) : ""};
        met.file_says = result == MergeResult::draft ? "as before" : !file ? "removed" : edit.brought ? "changed" : "new";
        met.draft_says = !now ? "removed" : edit.brought ? "changed" : "added";
        keeps = lists_and_keeps(result, std::move(met));
    }
    if (keeps || content == edit.now) { // nothing of the import's is written, so it has to be said what it had
        draft.writer->note_brought(id, content);
    }
    std::optional<geo::Feature> &stays = keeps ? now : file;
    if (stays) {
        draft.writer->put(*std::move(stays));
    }
}

/// Whether the city's state stays.
bool OsmDrafts::lists_and_keeps(const MergeResult &result, imports::MetFeature &&met) {
    const bool keeps = result == MergeResult::draft || m_findings.conflict_rule != ConflictRule::file;
    met.taken = keeps ? "city" : "file";
    (result == MergeResult::draft ? m_findings.kept_edits : m_findings.conflicts).add(std::move(met));
    return keeps;
}

void OsmDrafts::refuse_conflicts() const {
    if (m_findings.conflict_rule == ConflictRule::refuse && m_findings.conflicts.count() > 0) {
        throw geo::Error(geo::ErrorKind::conflict,
                         fmt::format("{} features were edited by the city and are otherwise in the file, the first is {}; nothing was changed: say "
                                     "whether the city's state or the file's is to be taken",
                                     m_findings.conflicts.count(), m_findings.conflicts.entries().front().feature.id));
    }
}

} // namespace keyaki::server
