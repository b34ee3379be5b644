#include "server/flows/snapshots.hpp"

#include "geo/error.hpp"
#include "server/flows/draft_difference.hpp"
#include "server/flows/feature_pipe.hpp"
#include "server/flows/tile.hpp"
#include "server/schema/computed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>

namespace keyaki::server {

namespace {

tiles::SnapshotDescription description_of(const data::LayerSpec &spec, std::uint64_t revision) {
    return {spec.id, revision, spec.zoom_min, spec.zoom_max, spec.title_ja, spec.title_en, spec.attribution};
}

const ServedLayer *find_layer(const Catalogue &catalogue, std::string_view id) {
    const auto found =
        std::find_if(catalogue.layers.begin(), catalogue.layers.end(), [id](const ServedLayer &served) { return served.layer.spec.id == id; });
    return found == catalogue.layers.end() ? nullptr : &*found;
}

/// Changes as a snapshot takes them, with the properties that the layer's schema has worked out.
class SnapshotChanges {
  public:
    explicit SnapshotChanges(const data::LayerSpec &spec) : m_schema(schema::parse_schema_text(spec.schema)) {}

    void add(data::Change &&change) {
        if (change.after) {
            schema::complete(m_schema, *change.after);
            added.push_back(std::move(*change.after));
        } else {
            removed.push_back(std::move(change.before->id));
        }
    }
    [[nodiscard]] std::vector<std::string> ids() const {
        std::vector<std::string> ids = removed;
        std::transform(added.begin(), added.end(), std::back_inserter(ids), [](const geo::Feature &feature) { return feature.id; });
        return ids;
    }

    std::vector<std::string> removed;
    std::vector<geo::Feature> added; ///< one replaces the feature of the same id

  private:
    schema::Schema m_schema;
};

/// Whether features that have not changed are shown with other values all the same.
bool computes_other_properties(const data::LayerSpec &before, const data::LayerSpec &now) {
    if (before.schema == now.schema) {
        return false;
    }
    const schema::Schema old_schema = schema::parse_schema_text(before.schema);
    const schema::Schema new_schema = schema::parse_schema_text(now.schema);
    return (old_schema.has_computed() || new_schema.has_computed()) && old_schema.properties != new_schema.properties;
}

} // namespace

Catalogue::Catalogue() : known_tile_sets(std::make_shared<KnownTileSets>()) {}

Snapshots::Snapshots(data::Store &store) : m_store(store) { refresh(); }

Snapshot Snapshots::read_whole(const data::Layer &layer, std::uint64_t revision) {
    tiles::LayerSnapshot::Builder builder(description_of(layer.spec, revision));
    const auto state = data::LayerState::at(revision);
    const schema::Schema schema = schema::parse_schema_text(m_store.schema_of(layer.spec.id, state));
    FeaturePipe pipe([&](geo::Feature &feature) {
        schema::complete(schema, feature);
        builder.add(feature);
    });
    m_store.read_features(layer.spec.id, state, [&](geo::Feature &&feature) { pipe.put(std::move(feature)); });
    pipe.finish();
    return builder.finish();
}

Publication Snapshots::renewed(const data::Layer &layer, const ServedLayer *before) {
    Publication made;
    made.layer = layer.spec.id;
    made.revision = layer.revision;
    made.is_for_staff = layer.spec.visibility != data::Visibility::everyone;
    made.zoom_min = layer.spec.zoom_min;
    made.zoom_max = layer.spec.zoom_max;
    made.before = before == nullptr ? 0 : before->layer.revision;
    if (before == nullptr || computes_other_properties(before->layer.spec, layer.spec)) {
        made.why_not_known = "schema-changed";
        made.snapshot = read_whole(layer, layer.revision);
        return made;
    }
    SnapshotChanges changes(layer.spec);
    m_store.read_changes(layer.spec.id, before->layer.revision, layer.revision, [&](data::Change &&change) { changes.add(std::move(change)); });
    made.snapshot = before->snapshot->with_changes(description_of(layer.spec, layer.revision), changes.removed, changes.added);
    if (changes.removed.size() + changes.added.size() <= max_announced_changes) {
        made.old_snapshot = before->snapshot;
        made.changed_ids = changes.ids();
    }
    return made;
}

Publication Snapshots::loaded(const data::Layer &layer, const ServedLayer *before) {
    const auto begin = std::chrono::steady_clock::now();
    Publication made = renewed(layer, before);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    const std::lock_guard lock(m_statistics_mutex);
    m_statistics.load_seconds.add(took.count());
    return made;
}

SnapshotStatistics Snapshots::statistics() const {
    std::unique_lock lock(m_statistics_mutex);
    SnapshotStatistics statistics = m_statistics;
    lock.unlock();
    statistics.old_revisions = m_old.count();
    statistics.old_revision_bytes = m_old.memory_bytes();
    return statistics;
}

bool Snapshots::refresh() {
    const std::lock_guard lock(m_refreshing);
    const auto old = m_catalogue.load();
    auto next = std::make_shared<Catalogue>();
    next->city = m_store.city().value_or(next->city);
    bool changed = next->city != old->city;
    std::vector<Publication> publications;
    for (data::Layer &layer : m_store.layers()) {
        if (layer.revision == 0) {
            continue;
        }
        const ServedLayer *before = find_layer(*old, layer.spec.id);
        if (before != nullptr && before->layer.revision == layer.revision && before->layer.spec == layer.spec) {
            next->layers.push_back(*before);
            continue;
        }
        Publication made = loaded(layer, before);
        if (before != nullptr) {
            m_old.keep(before->snapshot);
        }
        next->layers.push_back({std::move(layer), made.snapshot});
        changed = true;
        if (m_is_started && made.before != made.revision) {
            publications.push_back(std::move(made));
        }
    }
    changed = changed || next->layers.size() != old->layers.size();
    if (changed) {
        m_catalogue.store(std::move(next));
    }
    m_is_started = true;
    {
        const std::lock_guard statistics_lock(m_statistics_mutex);
        m_statistics.publishes += publications.size();
    }
    if (m_listener) {
        std::for_each(publications.begin(), publications.end(), [&](Publication &made) { m_listener(std::move(made)); });
    }
    return changed;
}

namespace {

/// Whether `seen` is the draft that was looked for; it may have moved on between two looks.
bool is_same_draft(const data::Layer &wanted, const data::Layer &seen) {
    return wanted.draft_change == seen.draft_change && wanted.revision == seen.revision;
}

} // namespace

Snapshot Snapshots::read_draft(const data::Layer &layer) {
    const auto description = description_of(layer.spec, layer.revision);
    const Snapshot base = layer.revision == 0 ? nullptr : at_revision(layer.spec.id, layer.revision);
    if (!base) {
        tiles::LayerSnapshot::Builder builder(description);
        const schema::Schema schema = schema::parse_schema_text(layer.spec.schema);
        const auto add = [&](geo::Feature &&feature) {
            schema::complete(schema, feature);
            builder.add(feature);
        };
        const bool is_same = is_same_draft(layer, m_store.read_features(layer.spec.id, data::LayerState::draft(), add));
        return is_same ? builder.finish() : nullptr;
    }
    SnapshotChanges changes(layer.spec);
    const data::Layer seen = m_store.read_draft_changes(layer.spec.id, [&](data::Change &&change) { changes.add(std::move(change)); });
    return is_same_draft(layer, seen) ? base->with_changes(description, changes.removed, changes.added) : nullptr;
}

Snapshot Snapshots::read_draft_difference(const data::Layer &layer) {
    tiles::LayerSnapshot::Builder builder(description_of(layer.spec, layer.revision));
    const schema::Schema schema = schema::parse_schema_text(layer.spec.schema);
    const data::Layer seen = m_store.read_draft_changes(layer.spec.id, [&](data::Change &&change) {
        for (std::optional<geo::Feature> *version : {&change.before, &change.after}) {
            if (*version) {
                schema::complete(schema, **version);
            }
        }
        add_to_difference(builder, change);
    });
    return is_same_draft(layer, seen) ? builder.finish() : nullptr;
}

std::optional<Snapshots::Draft> Snapshots::kept_draft(std::string_view layer, std::string_view kind, DraftReader read) {
    for (int attempt = 0; attempt < max_draft_attempts; ++attempt) {
        auto known = m_store.find_layer(layer);
        if (!known) {
            return std::nullopt;
        }
        const std::string name = fmt::format("{}@{} {}", layer, known->revision, kind);
        Snapshot snapshot = m_drafts.get(name, static_cast<std::uint64_t>(known->draft_change), [&] { return (this->*read)(*known); });
        if (!snapshot) {
            continue; // it moved on meanwhile
        }
        if (const auto now = description_of(known->spec, known->revision); snapshot->description() != now) {
            snapshot = snapshot->with_description(now); // titles and zooms change without a new draft
        }
        return Draft{std::move(*known), std::move(snapshot)};
    }
    throw geo::Error(geo::ErrorKind::unavailable,
                     fmt::format("the draft of layer {} changed each of {} times that it was read", layer, max_draft_attempts));
}

std::optional<Snapshots::Draft> Snapshots::draft(std::string_view layer) { return kept_draft(layer, "draft", &Snapshots::read_draft); }

std::optional<Snapshots::Draft> Snapshots::draft_difference(std::string_view layer) {
    return kept_draft(layer, "diff", &Snapshots::read_draft_difference);
}

Snapshot Snapshots::published(std::string_view layer) const {
    const auto catalogue = m_catalogue.load();
    const ServedLayer *served = find_layer(*catalogue, layer);
    return served == nullptr ? nullptr : served->snapshot;
}

Snapshot Snapshots::at_revision(std::string_view layer, std::uint64_t revision) {
    if (Snapshot newest = published(layer); newest && newest->description().revision == revision) {
        return newest;
    }
    return m_old.get(layer, revision, [&]() -> Snapshot {
        const auto known = m_store.find_layer(layer);
        return !known || revision == 0 || revision > known->revision ? nullptr : read_whole(*known, revision);
    });
}

} // namespace keyaki::server
