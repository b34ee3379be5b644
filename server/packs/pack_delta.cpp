#include "server/packs/pack_delta.hpp"

#include "data/partial_file.hpp"
#include "data/sha256.hpp"
#include "geo/error.hpp"
#include "server/packs/limits.hpp"
#include "server/packs/pack_check.hpp"
#include "server/packs/pack_folder.hpp"
#include "server/packs/patch.hpp"
#include "server/text_file.hpp"
#include "tiles/archive_output.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <map>
#include <span>
#include <vector>

namespace keyaki::server::packs {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::string_view magic = "keyaki-pack-delta 1\n";

[[noreturn]] void refuse(const fs::path &file, const std::string &what) {
    throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("{}: {}", file.string(), what));
}

/// What no manifest lists, in the order in which a delta has them: the two come first, so that they are known before anything is made.
constexpr std::array<std::string_view, 2> unlisted_names{manifest_name, signature_name};

/// The manifest with its signature, and its files.
std::vector<PackFile> all_files(const fs::path &folder, const ReadManifest &read) {
    std::vector<PackFile> files;
    for (const std::string_view name : unlisted_names) {
        const std::string content = read_text_file(folder / name, max_manifest_bytes);
        files.push_back({std::string(name), content.size(), data::to_hex(data::sha256(content))});
    }
    files.insert(files.end(), read.manifest.files.begin(), read.manifest.files.end());
    return files;
}

/// A file's bytes, which have to be those of the manifest.
std::string content_of(const fs::path &folder, const PackFile &file) {
    std::string content = read_text_file(folder / file.path, max_file_bytes);
    if (content.size() != file.bytes || data::to_hex(data::sha256(content)) != file.sha256) {
        refuse(folder, fmt::format("{} was changed: it is not the file that the manifest names", file.path));
    }
    return content;
}

struct DeltaFile {
    PackFile file;
    std::string same;        ///< path in the old pack; "": patched
    std::uint64_t patch = 0; ///< bytes
};

struct DeltaHeader {
    std::string old_version;
    std::string new_version;
    std::vector<DeltaFile> files;
};

std::string to_text(const DeltaHeader &header) {
    Json files = Json::array();
    for (const DeltaFile &one : header.files) {
        Json json{{"path", one.file.path}, {"bytes", one.file.bytes}, {"sha256", one.file.sha256}};
        one.same.empty() ? json["patch"] = one.patch : json["same"] = one.same;
        files.push_back(std::move(json));
    }
    return Json{{"old", header.old_version}, {"new", header.new_version}, {"files", files}}.dump();
}

DeltaFile read_delta_file(const Json &json, const fs::path &delta) {
    DeltaFile one;
    one.file = {json.at("path").get<std::string>(), json.at("bytes").get<std::uint64_t>(), json.at("sha256").get<std::string>()};
    one.same = json.value("same", "");
    one.patch = json.value("patch", std::uint64_t{0});
    const auto is_of_a_pack = [](const std::string &path) { return path == manifest_name || path == signature_name || is_pack_path(path); };
    if (!is_of_a_pack(one.file.path) || (!one.same.empty() && !is_of_a_pack(one.same)) || one.file.bytes > max_file_bytes ||
        one.patch > max_file_bytes) {
        refuse(delta, fmt::format("expected a file of a pack, found {}", json.dump()));
    }
    return one;
}

DeltaHeader read_header(std::istream &in, const fs::path &delta) {
    std::string start(magic.size(), '\0');
    std::string digits;
    in.read(start.data(), static_cast<std::streamsize>(start.size()));
    std::size_t bytes = 0;
    if (!in || start != magic || !std::getline(in, digits) ||
        std::from_chars(digits.data(), digits.data() + digits.size(), bytes).ptr != digits.data() + digits.size() || bytes > max_manifest_bytes) {
        refuse(delta, "expected a delta between packs, found something else");
    }
    std::string text(bytes, '\0');
    in.read(text.data(), static_cast<std::streamsize>(bytes));
    try {
        const Json json = Json::parse(text);
        DeltaHeader header{json.at("old").get<std::string>(), json.at("new").get<std::string>(), {}};
        for (const Json &file : json.at("files")) {
            header.files.push_back(read_delta_file(file, delta));
        }
        return header;
    } catch (const Json::exception &error) {
        refuse(delta, fmt::format("expected the header of a delta, found something else ({})", error.what()));
    }
}

/// The files of the old pack as patches and copies find them.
class OldPack {
  public:
    explicit OldPack(fs::path folder) : m_folder(std::move(folder)), m_read(read_manifest(m_folder)) {
        for (PackFile &file : all_files(m_folder, m_read)) {
            m_by_hash.emplace(file.sha256, file.path);
            m_by_path.emplace(file.path, std::move(file));
        }
    }

    [[nodiscard]] const std::string &version() const noexcept { return m_read.version; }
    [[nodiscard]] const fs::path &folder() const noexcept { return m_folder; }
    /// The path of a file with these bytes; "" where there is none.
    [[nodiscard]] std::string same_as(const PackFile &file) const {
        const auto found = m_by_hash.find(file.sha256);
        return found == m_by_hash.end() ? "" : found->second;
    }
    [[nodiscard]] bool has(const std::string &path) const { return m_by_path.contains(path); }
    /// What a patch of that path begins with: nothing where the pack has no such file.
    [[nodiscard]] std::string before(const std::string &path) const {
        const auto found = m_by_path.find(path);
        return found == m_by_path.end() ? "" : content_of(m_folder, found->second);
    }

  private:
    fs::path m_folder;
    ReadManifest m_read;
    std::map<std::string, std::string, std::less<>> m_by_hash;
    std::map<std::string, PackFile, std::less<>> m_by_path;
};

DeltaOutcome outcome_of(const DeltaHeader &header, const fs::path &delta) {
    DeltaOutcome outcome{header.old_version, header.new_version, 0, 0, fs::file_size(delta)};
    for (const DeltaFile &file : header.files) {
        ++(file.same.empty() ? outcome.patched : outcome.same);
    }
    return outcome;
}

/// The whole of a file that is the old pack's, whatever its size.
void copy_same(const OldPack &old, const DeltaFile &one, PackFolder &made) {
    if (!old.has(one.same)) {
        refuse(old.folder(), fmt::format("has no file {}, which the delta begins with", one.same));
    }
    const fs::path place = made.place_for(one.file.path);
    std::error_code error;
    fs::copy_file(old.folder() / one.same, place, error);
    if (error) {
        throw geo::Error(geo::ErrorKind::unavailable, fmt::format("{} cannot be written: {}", place.string(), error.message()));
    }
    made.take(one.file.path);
}

std::string read_patch(std::istream &in, const DeltaFile &one, const fs::path &delta) {
    std::string patch;
    while (patch.size() < one.patch && in) { // grows with what is there, not with what the header says
        const std::size_t begin = patch.size();
        patch.resize(std::min<std::uint64_t>(one.patch, begin + (std::size_t{1} << 20U)));
        in.read(patch.data() + begin, static_cast<std::streamsize>(patch.size() - begin));
    }
    if (!in) {
        refuse(delta, fmt::format("is cut off: expected {} bytes for {}", one.patch, one.file.path));
    }
    return patch;
}

/// The bytes of a file that is told as a patch, or is small.
std::string make_content(std::istream &in, const DeltaFile &one, const OldPack &old, const fs::path &delta) {
    return one.same.empty() ? apply_patch(old.before(one.file.path), read_patch(in, one, delta), one.file.bytes) : old.before(one.same);
}

/// What says what the new pack has to be.
struct Wanted {
    std::string manifest;
    std::string signature;
    std::vector<PackFile> files;
};

Wanted make_wanted(std::istream &in, const DeltaHeader &header, const OldPack &old, const fs::path &delta, const std::optional<PublicKey> &key) {
    if (header.files.size() < unlisted_names.size() ||
        !std::equal(unlisted_names.begin(), unlisted_names.end(), header.files.begin(),
                    [](std::string_view name, const DeltaFile &one) { return one.file.path == name; })) {
        refuse(delta, "expected a manifest and its signature as the first files, found others");
    }
    Wanted wanted;
    wanted.manifest = make_content(in, header.files[0], old, delta);
    wanted.signature = make_content(in, header.files[1], old, delta);
    if (version_of(wanted.manifest) != header.new_version) {
        refuse(delta, fmt::format("expected a delta to the pack {}, found one that makes another manifest", header.new_version));
    }
    if (key) {
        (void)verify_signature(*key, wanted.manifest, wanted.signature, delta.string());
    }
    wanted.files = parse_manifest(wanted.manifest, delta.string()).files;
    return wanted;
}

void make_files(std::istream &in, const DeltaHeader &header, const OldPack &old, const fs::path &delta, PackFolder &made,
                const std::function<void()> &on_file) {
    for (const DeltaFile &one : std::span(header.files).subspan(unlisted_names.size())) {
        on_file();
        if (one.same.empty()) {
            made.add(one.file.path, make_content(in, one, old, delta));
        } else {
            copy_same(old, one, made);
        }
    }
}

void require_the_files(const PackFolder &made, const std::vector<PackFile> &wanted, const fs::path &delta) {
    const std::vector<PackFile> found = made.files();
    const auto [expected, other] = std::mismatch(wanted.begin(), wanted.end(), found.begin(), found.end());
    if (expected != wanted.end() || other != found.end()) {
        refuse(delta, fmt::format("expected the file {} as the manifest names it, found another: the delta or the old pack is damaged",
                                  expected != wanted.end() ? expected->path : other->path));
    }
}

} // namespace

DeltaOutcome write_delta(const fs::path &old_folder, const fs::path &new_folder, const fs::path &delta, const std::function<void()> &on_file) {
    const OldPack old(old_folder);
    const ReadManifest read = read_manifest(new_folder);
    if (fs::exists(delta)) {
        throw geo::Error(geo::ErrorKind::conflict, fmt::format("{} is there already: name a file that does not exist yet", delta.string()));
    }
    const data::PartialFile partial(delta);
    tiles::ArchiveOutput patches = tiles::ArchiveOutput::nameless_beside(partial.path());
    DeltaHeader header{old.version(), read.version, {}};
    for (PackFile &file : all_files(new_folder, read)) {
        on_file();
        DeltaFile one{std::move(file), "", 0};
        one.same = old.same_as(one.file);
        if (one.same.empty()) {
            const std::string patch = make_patch(old.before(one.file.path), content_of(new_folder, one.file));
            one.patch = patch.size();
            patches.append(patch);
        }
        header.files.push_back(std::move(one));
    }
    tiles::ArchiveOutput out(partial.path());
    const std::string text = to_text(header);
    out.append(fmt::format("{}{}\n{}", magic, text.size(), text));
    out.append_all_of(patches);
    out.sync();
    if (!partial.give_name()) {
        throw geo::Error(geo::ErrorKind::conflict, fmt::format("{} appeared meanwhile", delta.string()));
    }
    return outcome_of(header, delta);
}

DeltaOutcome apply_delta(const fs::path &old_folder, const fs::path &delta, const fs::path &new_folder, const std::optional<PublicKey> &key,
                         const std::function<void()> &on_file) {
    if (!fs::is_regular_file(delta)) {
        throw geo::Error(geo::ErrorKind::not_found, fmt::format("there is no file {}", delta.string()));
    }
    std::ifstream in(delta, std::ios::binary);
    const DeltaHeader header = read_header(in, delta);
    const OldPack old(old_folder);
    if (old.version() != header.old_version) {
        throw geo::Error(geo::ErrorKind::conflict, fmt::format("{} begins with the pack {}, and {} is the pack {}: name the pack that it was made of",
                                                               delta.string(), header.old_version, old_folder.string(), old.version()));
    }
    const Wanted wanted = make_wanted(in, header, old, delta, key);
    PackFolder made(new_folder);
    make_files(in, header, old, delta, made, on_file);
    require_the_files(made, wanted.files, delta);
    made.add_unlisted(manifest_name, wanted.manifest);
    made.add_unlisted(signature_name, wanted.signature);
    made.finish();
    return outcome_of(header, delta);
}

} // namespace keyaki::server::packs
