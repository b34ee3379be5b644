#pragma once

#include "server/packs/manifest.hpp"
#include "server/packs/minisign.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace keyaki::server::packs {

/// A pack's manifest as it stands in its folder, and what names the pack by it.
struct ReadManifest {
    Manifest manifest;
    std::string json;
    std::string version;
};
/// Errors as parse_manifest()'s; not_found where there is none.
[[nodiscard]] ReadManifest read_manifest(const std::filesystem::path &folder);

struct PackCheck {
    Manifest manifest;
    std::string version;
    std::vector<std::string> findings; ///< sentences, each with the file's path: changed, missing, or not of the pack
};

/// Whether a folder holds the pack that was signed: the manifest's signature, then every file's size and hash, then whether there are files beside
/// them. Error invalid_input, with the reason, where the manifest is not what the key has signed; nothing that it says is believed then.
[[nodiscard]] PackCheck check_pack(const std::filesystem::path &folder, const PublicKey &key, const std::function<void()> &on_file);

/// What is wrong with one file of the pack in that folder; "" where nothing is.
[[nodiscard]] std::string check_file(const std::filesystem::path &folder, const PackFile &file);

} // namespace keyaki::server::packs
