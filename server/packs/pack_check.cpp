#include "server/packs/pack_check.hpp"

#include "data/sha256.hpp"
#include "geo/error.hpp"
#include "server/packs/file_hash.hpp"
#include "server/packs/limits.hpp"
#include "server/text_file.hpp"

#include <fmt/format.h>

namespace keyaki::server::packs {

namespace {

namespace fs = std::filesystem;

/// Files that no manifest lists: somebody has put them there, or a file was renamed.
void find_strangers(const fs::path &folder, const Manifest &manifest, std::vector<std::string> &findings) {
    for (const auto &entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_directory() && !entry.is_symlink()) {
            continue;
        }
        const std::string path = entry.path().lexically_relative(folder).generic_string();
        if (path != manifest_name && path != signature_name && manifest.find(path) == nullptr) {
            findings.push_back(fmt::format("{}: is no file of the pack that was signed", path));
        }
    }
}

} // namespace

ReadManifest read_manifest(const fs::path &folder) {
    const fs::path file = folder / manifest_name;
    ReadManifest read;
    read.json = read_text_file(file, max_manifest_bytes);
    read.manifest = parse_manifest(read.json, file.string());
    read.version = version_of(read.json);
    return read;
}

std::string check_file(const fs::path &folder, const PackFile &file) {
    const fs::path path = folder / file.path;
    std::error_code none;
    if (!fs::is_regular_file(fs::symlink_status(path, none))) {
        return fmt::format("{}: is missing", file.path);
    }
    const FileHash found = hash_file(path);
    if (found.bytes != file.bytes) {
        return fmt::format("{}: was changed, expected {} bytes, found {}", file.path, file.bytes, found.bytes);
    }
    const std::string hash = data::to_hex(found.sha256);
    return hash == file.sha256 ? std::string() : fmt::format("{}: was changed, expected the SHA-256 {}, found {}", file.path, file.sha256, hash);
}

PackCheck check_pack(const fs::path &folder, const PublicKey &key, const std::function<void()> &on_file) {
    constexpr std::size_t max_signature_bytes = 4'096; // four short lines
    const std::string json = read_text_file(folder / manifest_name, max_manifest_bytes);
    const std::string signature = read_text_file(folder / signature_name, max_signature_bytes);
    (void)verify_signature(key, json, signature, (folder / manifest_name).string());
    PackCheck check{parse_manifest(json, (folder / manifest_name).string()), version_of(json), {}};
    for (const PackFile &file : check.manifest.files) {
        on_file();
        if (std::string finding = check_file(folder, file); !finding.empty()) {
            check.findings.push_back(std::move(finding));
        }
    }
    find_strangers(folder, check.manifest, check.findings);
    return check;
}

} // namespace keyaki::server::packs
