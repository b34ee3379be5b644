#pragma once

#include "data/distribution.hpp"
#include "data/store.hpp"
#include "server/flows/current_state.hpp"
#include "server/flows/layer_published.hpp"
#include "server/flows/old_revisions.hpp"
#include "server/limits.hpp"
#include "tiles/layer_snapshot.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server {

using Snapshot = std::shared_ptr<const tiles::LayerSnapshot>;

/// A published layer as it is served: what the city says of it, and its features in memory.
struct ServedLayer {
    data::Layer layer;
    Snapshot snapshot;
};

class KnownTileSets;

/// The published state of every layer, immutable: a request that holds a catalogue sees one state of the city from beginning to end.
struct Catalogue {
    Catalogue();
    data::CityName city{"keyaki", "keyaki"}; ///< the program's name before a city was named
    std::vector<ServedLayer> layers;
    /// What names in addresses of tiles have meant in this state; the only thing here that grows. Goes with the catalogue.
    std::shared_ptr<KnownTileSets> known_tile_sets;
};

/// What became of new revisions since the start.
struct SnapshotStatistics {
    std::uint64_t publishes = 0;   ///< brought into service, those found at the start not counted
    std::size_t old_revisions = 0; ///< in memory
    std::size_t old_revision_bytes = 0;
    data::Distribution<9> load_seconds{{0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10}};
};

/// Keeps the newest revision of every published layer in memory. Readers take the catalogue by one pointer and never wait for the
/// database; they go on when it is gone. Any thread.
class Snapshots {
  public:
    /// Loads everything that is published.
    explicit Snapshots(data::Store &store);

    /// Brings in what was published since, from the changed features only; true when something had changed.
    bool refresh();

    /// Who is told of each revision that comes into service after the start, when it is there to be read, in their order. Set once, before the second
    /// refresh; must return soon.
    void on_publish(std::function<void(Publication &&)> listener) { m_listener = std::move(listener); }

    [[nodiscard]] SnapshotStatistics statistics() const;
    [[nodiscard]] std::shared_ptr<const Catalogue> catalogue() const { return m_catalogue.load(); }
    /// nullptr where the layer is not there or was never published. Layers for staff are found too: the caller decides who may see them.
    [[nodiscard]] Snapshot published(std::string_view layer) const;
    /// A layer's draft, and a snapshot of it.
    struct Draft {
        data::Layer layer; ///< as the database has it now, published or not
        Snapshot snapshot;
    };
    /// The draft laid over the published state (the published state itself where there is no draft), made of what it changes and kept by its change
    /// number. Asks the database. Nothing for layers that are not there; Error unavailable while the draft changes faster than it can be read.
    /// The caller decides who may see it.
    [[nodiscard]] std::optional<Draft> draft(std::string_view layer);
    /// The same for what the draft changes, as draft_difference.hpp draws it.
    [[nodiscard]] std::optional<Draft> draft_difference(std::string_view layer);

    /// A numbered revision, from memory where it is the newest or was asked for lately, else read from the database;
    /// nullptr where there is no such layer or revision.
    [[nodiscard]] Snapshot at_revision(std::string_view layer, std::uint64_t revision);

  private:
    [[nodiscard]] Publication loaded(const data::Layer &layer, const ServedLayer *before);
    [[nodiscard]] Publication renewed(const data::Layer &layer, const ServedLayer *before);
    [[nodiscard]] Snapshot read_whole(const data::Layer &layer, std::uint64_t revision);
    using DraftReader = Snapshot (Snapshots::*)(const data::Layer &);
    [[nodiscard]] std::optional<Draft> kept_draft(std::string_view layer, std::string_view kind, DraftReader read);
    [[nodiscard]] Snapshot read_draft(const data::Layer &layer);
    [[nodiscard]] Snapshot read_draft_difference(const data::Layer &layer);

    data::Store &m_store;
    std::mutex m_refreshing;
    bool m_is_started = false; ///< guarded by m_refreshing
    std::function<void(Publication &&)> m_listener;
    CurrentState<Catalogue> m_catalogue{std::make_shared<const Catalogue>()};
    OldRevisions m_old{max_old_snapshots, max_old_snapshot_bytes};
    OldRevisions m_drafts{max_draft_snapshots, max_draft_snapshot_bytes};
    mutable std::mutex m_statistics_mutex;
    SnapshotStatistics m_statistics; ///< guarded by m_statistics_mutex
};

} // namespace keyaki::server
