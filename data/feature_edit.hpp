#pragma once

#include "data/layer.hpp"
#include "geo/feature.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Changes of single features, as a person at a screen makes them; whole files come through DraftWriter.
namespace keyaki::data {

/// The first half of SHA-256 over properties and geometry: equal content is recognised without reading it. Nobody finds two with the same.
using ContentHash = std::array<std::uint8_t, 16>;

/// A feature of some state and the name of its content there, which an edit can be made against.
struct StoredFeature {
    geo::Feature feature;
    ContentHash version{};
};

enum class EditKind : std::uint8_t { create, replace, remove };

struct FeatureEdit {
    EditKind kind = EditKind::create;
    geo::Feature feature;                ///< to remove one, its id is enough
    std::optional<ContentHash> expected; ///< the version that the edit is made against; nothing: whatever is there is replaced or removed
    /// Whoever asked for it did not say which version he had seen, though it is made against one. So is every edit without an expectation.
    bool is_unconditional = false;

    [[nodiscard]] bool overwrites_unseen() const noexcept { return kind != EditKind::create && (is_unconditional || !expected); }
};

/// Features that change together or not at all.
struct LayerEdit {
    std::string layer;
    enum class Target : std::uint8_t { draft, published } target = Target::draft;
    std::vector<FeatureEdit> edits;
    std::string author;
    std::string message; ///< of the revision; only for Target::published
    std::int64_t now_us = 0;
    /// The schema that the features were checked against: Error conflict when the layer has another by now.
    std::optional<std::string> schema;
};

/// Why one edit of the set cannot be made, and with it none.
struct EditConflict {
    enum class Reason : std::uint8_t {
        exists,   ///< to be created, and there already
        missing,  ///< to be replaced or removed, and not there
        differs,  ///< not the version that was expected
        in_draft, ///< the draft changes this feature too: published now, it would be overwritten by whoever publishes the draft
    };
    std::size_t edit = 0;
    Reason reason = Reason::differs;
    std::optional<StoredFeature> present; ///< in the state that was to be edited; for in_draft, in the draft
};

struct EditOutcome {
    std::vector<EditConflict> conflicts;              ///< not empty: nothing was changed
    std::vector<std::optional<ContentHash>> versions; ///< of each edit's feature after it; nothing for a removed one
    std::vector<bool> changed;                        ///< false: that edit's feature was so already
    bool has_changed = false;                         ///< false: all were, and nothing was written
    std::optional<Revision> revision;                 ///< that the edit made; nothing for the draft
    DraftChanges draft;                               ///< of the layer after the edit
};

} // namespace keyaki::data
