#pragma once

#include "server/flows/snapshots.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace keyaki::server {

/// Whether who asks belongs to the staff of a layer: sees its drafts, and the layer itself where it is not for everyone. Asked only where that
/// matters, so that whoever reads what is public costs no look-up.
using IsStaff = std::function<bool(std::string_view layer)>;

/// For whoever has no key.
[[nodiscard]] inline bool nobody_is_staff(std::string_view /*layer*/) noexcept { return false; }

/// A layer as a collection of OGC API – Features, in one state.
struct Collection {
    std::string name; ///< as it was asked for: "shelters", "shelters@7" or "shelters@draft"
    data::LayerSpec spec;
    Snapshot snapshot;
    bool is_pinned = false;              ///< a revision was named: the content never changes
    bool is_private = false;             ///< for staff alone: no cache that others use may keep it
    std::optional<std::int64_t> draft{}; ///< data::Layer::draft_change of a draft

    /// The state, "shelters@12" or "shelters@12+17" for a draft over revision 12: equal states, equal content. For ETags.
    [[nodiscard]] std::string state() const;
    /// Under which name the next page goes on in this state, or at least in this draft: "shelters@12", "shelters@draft".
    [[nodiscard]] std::string paging_name() const;
    /// "shelters=12", "shelters=draft" for Keyaki-Revision.
    [[nodiscard]] std::string revision_header() const;
    /// For documents and features of the collection.
    [[nodiscard]] std::string cache_control() const;
    /// For pages that people read, which show more than what the revision holds: never immutable.
    [[nodiscard]] std::string page_cache_control() const;
};

/// Finds "layer", "layer@revision" or "layer@draft". Nothing where it is not there or not for who asks; Error invalid_input for a malformed name.
[[nodiscard]] std::optional<Collection> find_collection(Snapshots &snapshots, std::string_view name, const IsStaff &is_staff = nobody_is_staff);

/// "shelters@12" taken apart. Error invalid_input for what is neither a revision's number nor one of the words.
struct LayerReference {
    enum class State : std::uint8_t { published, revision, draft, difference };
    std::string_view id;
    std::optional<std::uint64_t> revision{}; ///< only for State::revision
    State state = State::published;

    /// Drafts and what they change are never for everyone, whatever the layer.
    [[nodiscard]] bool is_of_draft() const noexcept { return state == State::draft || state == State::difference; }
};
[[nodiscard]] LayerReference parse_layer_reference(std::string_view name);

/// Whether everyone may see what is named, as far as the published state knows; false for drafts and for layers that are not there.
[[nodiscard]] bool is_public(const Catalogue &catalogue, const LayerReference &reference);

} // namespace keyaki::server
