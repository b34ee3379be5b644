#pragma once

#include "geo/feature.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace keyaki::data {

/// Layer ids name tables, URLs and vector tile layers: `[a-z][a-z0-9_]{0,47}`. Everything that takes a layer id refuses others.
[[nodiscard]] bool is_layer_id(std::string_view id) noexcept;

/// The city that a database belongs to.
struct CityName {
    std::string ja;
    std::string en;

    friend bool operator==(const CityName &, const CityName &) = default;
};

enum class LayerGeometry : std::uint8_t { any, point, line, polygon };
enum class Visibility : std::uint8_t { everyone, staff };
/// What becomes of a geometry that is not valid, such as a polygon that crosses itself.
enum class InvalidGeometry : std::uint8_t { repair, refuse };

/// What a person decides about a layer; its features and revisions are apart from it.
struct LayerSpec {
    std::string id;
    std::string title_ja;
    std::string title_en;
    LayerGeometry geometry = LayerGeometry::any;
    Visibility visibility = Visibility::everyone;
    std::string attribution;
    int zoom_min = 0;   ///< tiles below are empty of this layer
    int zoom_max = 14;  ///< deepest zoom with tiles of its own; maps overzoom beyond
    std::string schema; ///< what properties must be, as JSON that the server reads; empty where nothing is declared. A change is a revision
    InvalidGeometry invalid_geometry = InvalidGeometry::repair;

    friend bool operator==(const LayerSpec &, const LayerSpec &) = default;
};

struct Layer {
    LayerSpec spec;
    std::uint64_t revision = 0;       ///< the published one; 0 = never published
    std::int64_t published_at_us = 0; ///< Unix time of that publish; 0 = never published
    std::uint64_t public_from = 1;    ///< revisions before it were published for staff alone and stay theirs
    std::uint64_t feature_count = 0;
    geo::LonLatBox bounds; ///< of the published features; empty when there are none
    bool has_draft = false;
    /// Names what the draft, laid over the published state, holds: another number whenever that has changed.
    std::int64_t draft_change = 0;
};

/// One publish. Revisions of a layer are numbered 1, 2, 3 … without gaps; a rollback is a new number with older content.
struct Revision {
    std::uint64_t number = 0;
    std::int64_t published_at_us = 0; ///< Unix time
    std::string author;
    std::string message;
    std::optional<std::uint64_t> content_of; ///< the older revision whose content this one repeats (rollback)
    std::uint64_t added = 0;
    std::uint64_t changed = 0;
    std::uint64_t removed = 0;
    std::uint64_t feature_count = 0;
    /// Features that were replaced or removed by somebody who did not say which version of them he had seen.
    std::uint64_t unconditional = 0;
};

/// What publishing the draft would do.
struct DraftChanges {
    std::uint64_t added = 0;
    std::uint64_t changed = 0;
    std::uint64_t removed = 0;
    std::uint64_t unchanged = 0; ///< features of the published state that stay as they are
};

/// Whether so many removals from a layer of `feature_count` features may be an accident: publishing them wants a confirmation.
[[nodiscard]] bool wants_confirmation(const DraftChanges &changes, std::uint64_t feature_count) noexcept;

/// A draft as it is at one moment.
struct DraftSummary {
    Layer layer;
    DraftChanges changes;
    std::uint64_t moved = 0; ///< how many of `changes.changed` have another geometry
};

enum class ChangeKind : std::uint8_t { added, changed, removed };

/// One feature that differs between two states of a layer. `before` is empty for added, `after` for removed.
struct Change {
    ChangeKind kind = ChangeKind::added;
    std::optional<geo::Feature> before;
    std::optional<geo::Feature> after;
};

/// A page of changes: those of features whose id is greater than `after_id` (byte order), ascending, at most `limit`.
struct ChangePage {
    std::string after_id;
    std::size_t limit = 0;
};

/// Which state of a layer is meant: the published one, a numbered revision, or the draft laid over the published one.
struct LayerState {
    enum class Kind : std::uint8_t { published, revision, draft };
    Kind kind = Kind::published;
    std::uint64_t revision = 0; ///< only for Kind::revision

    [[nodiscard]] static LayerState published() { return {}; }
    [[nodiscard]] static LayerState at(std::uint64_t number) { return {Kind::revision, number}; }
    [[nodiscard]] static LayerState draft() { return {Kind::draft, 0}; }
};

} // namespace keyaki::data
