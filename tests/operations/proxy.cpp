#include "tests/operations/proxy.hpp"

#include "tests/support/command.hpp"
#include "tests/support/shared_data.hpp"

#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace keyaki::test {

namespace {

/// Replaces every place; throws when there is none: then the file is not what its head says.
void replace(std::string &text, const std::string &from, const std::string &to) {
    std::size_t at = text.find(from);
    if (at == std::string::npos) {
        throw std::runtime_error("the proxy's file has no \"" + from + "\"");
    }
    for (; at != std::string::npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
}

} // namespace

std::uint16_t free_port() {
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(descriptor, reinterpret_cast<const sockaddr *>(&address), size) != 0 ||
        getsockname(descriptor, reinterpret_cast<sockaddr *>(&address), &size) != 0) {
        throw std::runtime_error("no port is free");
    }
    close(descriptor);
    return ntohs(address.sin_port);
}

std::string Proxy::program(Kind kind) {
    const std::vector<std::string> names =
        kind == Kind::nginx ? std::vector<std::string>{"nginx", "/usr/sbin/nginx"} : std::vector<std::string>{"caddy"};
    for (const std::string &name : names) {
        if (name.front() == '/' ? access(name.c_str(), X_OK) == 0 : has_program(name)) {
            return name;
        }
    }
    return "";
}

Proxy::Proxy(Kind kind, std::uint16_t first, std::uint16_t second) {
    make_certificate();
    const std::string first_address = "127.0.0.1:" + std::to_string(first);
    const std::string second_address = "127.0.0.1:" + std::to_string(second);
    kind == Kind::nginx ? start_nginx(first_address, second_address) : start_caddy(first_address, second_address);
    wait_until_it_answers();
}

Proxy::~Proxy() {
    if (m_process > 0) {
        kill(m_process, SIGTERM);
        wait_for_process(m_process);
    }
}

void Proxy::make_certificate() const {
    const CommandResult made = run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                                    "-subj", std::string("/CN=") + name(), "-addext", std::string("subjectAltName=DNS:") + name(), "-keyout",
                                    (m_folder / "tls.key").string(), "-out", (m_folder / "tls.crt").string()});
    if (made.status != 0) {
        throw std::runtime_error("openssl made no certificate: " + made.error);
    }
}

void Proxy::start_nginx(const std::string &first, const std::string &second) {
    std::string site = bytes_of(project_file("server/operations/nginx.conf"));
    const std::string plain = "listen 127.0.0.1:" + std::to_string(m_plain_port) + ";";
    const std::string secure = "listen 127.0.0.1:" + std::to_string(m_secure_port) + " ssl http2;";
    for (const auto &[from, to] : std::vector<std::pair<std::string, std::string>>{{"    listen [::]:80;\n", ""},
                                                                                   {"    listen [::]:443 ssl http2;\n", ""},
                                                                                   {"listen 80;", plain},
                                                                                   {"listen 443 ssl http2;", secure},
                                                                                   {"server 127.0.0.1:8080 ", "server " + first + " "},
                                                                                   {"server 127.0.0.1:8081 ", "server " + second + " "},
                                                                                   {"/etc/keyaki/tls.crt", (m_folder / "tls.crt").string()},
                                                                                   {"/etc/keyaki/tls.key", (m_folder / "tls.key").string()},
                                                                                   {"rate=50r/s", "rate=100000r/s"}}) {
        replace(site, from, to);
    }
    const std::string folder = m_folder.path().string();
    const auto site_file = m_folder.write("site.conf", site);
    std::string main = "daemon off;\nworker_processes 2;\npid " + folder + "/pid;\nerror_log " + folder + "/error.log warn;\n" +
                       (geteuid() == 0 ? "user root;\n" : "") + "events { worker_connections 512; }\nhttp {\naccess_log off;\n";
    for (const std::string kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
        main += kind + "_temp_path " + folder + "/" + kind + ";\n";
    }
    main += "include " + site_file.string() + ";\n}\n";
    const int log = open((m_folder / "said").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    m_process = start_process({program(Kind::nginx), "-p", folder, "-c", m_folder.write("main.conf", main).string()}, log, log);
    close(log);
}

void Proxy::start_caddy(const std::string &first, const std::string &second) {
    setenv("KEYAKI_SITE", name(), 1);
    setenv("KEYAKI_UPSTREAMS", (first + " " + second).c_str(), 1);
    setenv("KEYAKI_TLS", ("tls " + (m_folder / "tls.crt").string() + " " + (m_folder / "tls.key").string()).c_str(), 1);
    setenv("XDG_DATA_HOME", m_folder.path().c_str(), 1);
    setenv("XDG_CONFIG_HOME", m_folder.path().c_str(), 1);
    const std::string global =
        "{\n\tadmin off\n\thttp_port " + std::to_string(m_plain_port) + "\n\thttps_port " + std::to_string(m_secure_port) + "\n}\n";
    const auto file = m_folder.write("Caddyfile", global + bytes_of(project_file("server/operations/Caddyfile")));
    const int log = open((m_folder / "said").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    m_process = start_process({program(Kind::caddy), "run", "--adapter", "caddyfile", "--config", file.string()}, log, log);
    close(log);
}

void Proxy::wait_until_it_answers() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    const auto asking = client();
    while (asking->get("/").status == 0) {
        const bool has_ended = waitpid(m_process, nullptr, WNOHANG) == m_process;
        if (has_ended || std::chrono::steady_clock::now() > deadline) {
            m_process = has_ended ? -1 : m_process;
            throw std::runtime_error("the proxy does not answer and said: " + bytes_of(m_folder / "said") + bytes_of(m_folder / "error.log"));
        }
    }
}

std::unique_ptr<HttpClient> Proxy::client(const std::string &key) const {
    const std::string place = std::string(name()) + ":" + std::to_string(m_secure_port);
    auto made = std::make_unique<HttpClient>("https://" + place, key);
    made->find_here(place, (m_folder / "tls.crt").string());
    return made;
}

} // namespace keyaki::test
