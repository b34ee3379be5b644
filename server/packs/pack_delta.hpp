#pragma once

#include "server/packs/minisign.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace keyaki::server::packs {

// The file: the line "keyaki-pack-delta 1", a line with the bytes of the header, the header, and one patch (patch.hpp) after the other. The header is
// JSON: the versions of both packs and the new pack's files, its manifest and signature first and the others in the order of their paths, each with
// its size and hash and either the path of the old pack's file that has the same bytes ("same") or the patch's bytes ("patch"), which is of the old
// file of that path where there is one.

struct DeltaOutcome {
    std::string old_version;
    std::string new_version;
    std::uint64_t same = 0;    ///< files that the old pack has
    std::uint64_t patched = 0; ///< files that were told as patches
    std::uint64_t bytes = 0;   ///< of the delta
};

/// Writes what makes the new pack of the old one: nothing of files and tiles that are the same. Memory: a file of either pack at a time. The delta
/// appears under its name when it is whole. Error invalid_input where a manifest cannot be read, or a
/// file that differs is not the one that its manifest says (what is the same by both manifests is not looked at; apply proves it); conflict for a
/// file that is there; unavailable.
[[nodiscard]] DeltaOutcome write_delta(const std::filesystem::path &old_folder, const std::filesystem::path &new_folder,
                                       const std::filesystem::path &delta, const std::function<void()> &on_file);

/// Makes the new pack, byte for byte, in a folder that appears when all of it has been compared with its manifest; where there is a key, nothing is
/// made before the manifest's signature is known to be that key's. Error conflict where the delta is of another pack than the old folder's;
/// invalid_input for what is no delta, a damaged one or a damaged old pack; as PackFolder's.
[[nodiscard]] DeltaOutcome apply_delta(const std::filesystem::path &old_folder, const std::filesystem::path &delta,
                                       const std::filesystem::path &new_folder, const std::optional<PublicKey> &key,
                                       const std::function<void()> &on_file);

} // namespace keyaki::server::packs
