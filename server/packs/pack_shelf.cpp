#include "server/packs/pack_shelf.hpp"

#include "geo/error.hpp"
#include "server/packs/limits.hpp"
#include "server/packs/pack_check.hpp"
#include "server/packs/zip_file.hpp"

#include <fmt/format.h>

#include <functional>
#include <map>

namespace keyaki::server::packs {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path &path, const std::error_code &error) {
    throw geo::Error(geo::ErrorKind::unavailable, fmt::format("{} cannot be put into its place: {}", path.string(), error.message()));
}

/// Nothing where a part of it is missing. Its files are looked at by check_pack() alone: this is no time to read them all.
Pack open_pack(const fs::path &folder) {
    try {
        const ReadManifest read = read_manifest(folder);
        auto pack = std::make_shared<ShelvedPack>();
        pack->manifest = read.manifest;
        pack->version = read.version;
        pack->folder = folder;
        pack->zip = folder.string() + ".zip";
        pack->zip_bytes = fs::file_size(pack->zip);
        pack->manifest_bytes = read.json.size();
        pack->signature_bytes = fs::file_size(folder / signature_name);
        return pack;
    } catch (const geo::Error &) {
        return nullptr;
    } catch (const fs::filesystem_error &) {
        return nullptr;
    }
}

std::vector<ZipFile> files_of(const fs::path &folder, const Manifest &manifest) {
    std::vector<ZipFile> files;
    const auto add = [&](std::string_view path) { files.push_back({folder / path, fmt::format("{}/{}", manifest.id, path)}); };
    add(manifest_name);
    add(signature_name);
    for (const PackFile &file : manifest.files) {
        add(file.path);
    }
    return files;
}

void remove_pack(const ShelvedPack &pack) {
    std::error_code ignored; // what stays is looked at again by the next server
    fs::remove_all(pack.folder, ignored);
    fs::remove(pack.zip, ignored);
}

} // namespace

PackShelf::PackShelf(fs::path folder, std::string id) : m_folder(std::move(folder)), m_id(std::move(id)) {
    std::error_code error;
    fs::create_directories(m_folder, error);
    if (error) {
        fail(m_folder, error);
    }
    const std::string newest = fs::read_symlink(m_folder / m_id, error).string();
    std::multimap<fs::file_time_type, Pack, std::greater<>> found; // the newest first
    for (const auto &entry : fs::directory_iterator(m_folder)) {
        const std::string name = entry.path().filename().string();
        if (!entry.is_directory() || entry.is_symlink() || !name.starts_with(m_id + "-")) {
            continue;
        }
        if (Pack pack = open_pack(entry.path()); pack && name == fmt::format("{}-{}", m_id, pack->version)) {
            const auto age = name == newest ? fs::file_time_type::max() : entry.last_write_time();
            found.emplace(age, std::move(pack));
        }
    }
    for (const auto &[age, pack] : found) {
        m_packs.push_back(pack);
    }
    remove_what_is_not_whole();
}

/// "city-3f2a90c1d4e5" and "city-3f2a90c1d4e5.zip…" of no pack that was found.
void PackShelf::remove_what_is_not_whole() const {
    const std::size_t version_bytes = version_of("").size();
    std::vector<fs::path> left;
    for (const auto &entry : fs::directory_iterator(m_folder)) {
        const std::string name = entry.path().filename().string();
        const std::string rest = name.starts_with(m_id + "-") ? name.substr(m_id.size() + 1) : "";
        const std::string version = rest.substr(0, version_bytes);
        const std::string ending = rest.substr(version.size());
        const bool is_ours = version.size() == version_bytes && version.find_first_not_of("0123456789abcdef") == std::string::npos &&
                             (ending.empty() || ending.starts_with(".zip"));
        const bool is_whole = (ending.empty() || ending == ".zip") && find(fmt::format("{}@{}", m_id, version)) != nullptr;
        if (is_ours && !is_whole) {
            left.push_back(entry.path());
        }
    }
    left.push_back(m_folder / (m_id + ".new"));
    for (const fs::path &path : left) {
        std::error_code ignored; // another server may be making it
        fs::remove_all(path, ignored);
    }
}

Pack PackShelf::find(std::string_view name) const {
    const std::size_t at = name.find('@');
    if (name.substr(0, at) != m_id) {
        return nullptr;
    }
    const std::lock_guard lock(m_mutex);
    for (const Pack &pack : m_packs) { // the newest comes first
        if (at == std::string_view::npos || pack->version == name.substr(at + 1)) {
            return pack;
        }
    }
    return nullptr;
}

std::vector<Pack> PackShelf::all() const {
    const std::lock_guard lock(m_mutex);
    return m_packs;
}

fs::path PackShelf::place_for_new() const {
    fs::path place = m_folder / (m_id + ".new");
    std::error_code error;
    fs::remove_all(place, error);
    if (error) {
        fail(place, error);
    }
    return place;
}

bool PackShelf::put_new() {
    const fs::path built = m_folder / (m_id + ".new");
    const ReadManifest read = read_manifest(built);
    const std::string name = fmt::format("{}-{}", m_id, read.version);
    std::error_code error;
    if (const auto newest = find(m_id); newest && newest->version == read.version) {
        fs::remove_all(built, error);
        return false;
    }
    const fs::path place = m_folder / name;
    Pack pack = open_pack(place);
    if (pack) {
        fs::remove_all(built, error); // that very pack is there: the city went back to it, or another server has made it
    } else {
        fs::remove_all(place, error);
        write_zip(place.string() + ".zip", files_of(built, read.manifest), read.manifest.made_of_us);
        fs::rename(built, place, error);
        if (error) {
            fail(place, error);
        }
        pack = open_pack(place);
    }
    if (!pack) {
        throw geo::Error(geo::ErrorKind::unavailable, fmt::format("{} cannot be read again after it was made", place.string()));
    }
    const fs::path link = m_folder / (m_id + ".link");
    fs::remove(link, error);
    fs::create_symlink(name, link, error);
    if (!error) {
        fs::rename(link, m_folder / m_id, error);
    }
    if (error) {
        fail(m_folder / m_id, error);
    }
    {
        const std::lock_guard lock(m_mutex);
        std::vector<Pack> packs{pack};
        for (const Pack &other : m_packs) {
            if (other->version != pack->version) {
                packs.push_back(other);
            }
        }
        m_packs.swap(packs);
    }
    forget_old();
    return true;
}

void PackShelf::forget_old() {
    std::vector<Pack> old;
    {
        const std::lock_guard lock(m_mutex);
        while (m_packs.size() > packs_kept) {
            old.push_back(std::move(m_packs.back()));
            m_packs.pop_back();
        }
    }
    for (const Pack &pack : old) {
        remove_pack(*pack);
    }
}

} // namespace keyaki::server::packs
