#include "tests/server/access/tls_server.hpp"

#include <array>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace keyaki::test {

struct TlsServer::Context {
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    Context() = default;
    ~Context() { SSL_CTX_free(context); }
    Context(const Context &) = delete;
    Context &operator=(const Context &) = delete;
};

TlsServer::TlsServer(const std::filesystem::path &folder) : m_certificate(folder / "localhost.crt"), m_context(std::make_unique<Context>()) {
    const std::string key = (folder / "localhost.key").string();
    const CommandResult made = run_openssl(folder);
    if (made.status != 0) {
        throw std::runtime_error("openssl made no certificate: " + made.error);
    }
    if (SSL_CTX_use_certificate_file(m_context->context, m_certificate.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_use_PrivateKey_file(m_context->context, key.c_str(), SSL_FILETYPE_PEM) != 1) {
        throw std::runtime_error("OpenSSL takes no certificate");
    }
    m_listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(m_listener, reinterpret_cast<const sockaddr *>(&address), size) != 0 || listen(m_listener, 16) != 0 ||
        getsockname(m_listener, reinterpret_cast<sockaddr *>(&address), &size) != 0) {
        throw std::runtime_error("no port is free");
    }
    m_port = ntohs(address.sin_port);
    m_thread = std::thread([this] { run(); });
}

TlsServer::~TlsServer() {
    m_is_over = true;
    shutdown(m_listener, SHUT_RDWR); // ends accept
    m_thread.join();
    close(m_listener);
}

CommandResult TlsServer::run_openssl(const std::filesystem::path &folder) {
    return test::run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                      "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", (folder / "localhost.key").string(), "-out",
                      (folder / "localhost.crt").string()});
}

void TlsServer::answer(const std::string &whole) {
    const std::lock_guard lock(m_mutex);
    m_answer = whole;
}

void TlsServer::answer_with(const std::string &body) {
    answer("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           body);
}

void TlsServer::run() {
    while (!m_is_over) {
        const int connection = accept4(m_listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection >= 0) {
            serve(connection);
            close(connection);
        }
    }
}

void TlsServer::serve(int connection) {
    const timeval patience{5, 0};
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    SSL *tls = SSL_new(m_context->context);
    SSL_set_fd(tls, connection);
    std::array<char, 4096> head{};
    if (SSL_accept(tls) == 1 && SSL_read(tls, head.data(), static_cast<int>(head.size())) > 0) {
        ++m_requests;
        std::string answer;
        {
            const std::lock_guard lock(m_mutex);
            answer = m_answer;
        }
        if (answer.empty()) {
            pollfd until_it_goes{connection, POLLIN, 0};
            poll(&until_it_goes, 1, 5000); // the client's patience ends first
        } else {
            SSL_write(tls, answer.data(), static_cast<int>(answer.size()));
            SSL_shutdown(tls);
        }
    }
    SSL_free(tls);
}

} // namespace keyaki::test
