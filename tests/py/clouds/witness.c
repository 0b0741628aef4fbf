/* Stands before a PKCS#11 module, in the process that uses it. In the directory $WITNESS it finds `module`, a link to the
   module; `kill`, if a call that changes the token is to be the process's last: how many such calls come before, and whether
   it ends before (0) or after (1) that call; -1 is there afterwards; and `blobs`, to which it adds what is unwrapped, and with which key: for that it
   makes key pairs whose private key can be read. Numbers are those of PKCS#11 v2.40. */

#include <dlfcn.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef unsigned long word;
typedef word (*call)(word, word, word, word, word, word, word, word);

enum { CREATE_OBJECT = 20, DESTROY_OBJECT = 22, GET_ATTRIBUTES = 24, SET_ATTRIBUTES = 25, GENERATE_PAIR = 59, UNWRAP = 61, CALLS = 68 };
enum { SENSITIVE = 0x103, MODULUS = 0x120, PRIVATE_EXPONENT = 0x123, PRIME_1 = 0x124, PRIME_2 = 0x125, EXTRACTABLE = 0x162 };
enum { RSA_OAEP = 9 };

struct functions {
    unsigned char version[2];
    call call[CALLS];
};

struct attribute {
    word type;
    void *value;
    word len;
};

static struct functions own, *real;

static FILE *file(const char *name, const char *mode) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", getenv("WITNESS"), name);
    return fopen(path, mode);
}

/* 0 or 1 where this call is the last one, else 2. */
static int moment(void) {
    int left, when = 2;
    FILE *kill = file("kill", "r+");
    if (!kill)
        return 2;
    if (fscanf(kill, "%d %d", &left, &when) != 2)
        left = 1;
    rewind(kill);
    fprintf(kill, "%d %d\n", left - 1, when);
    fclose(kill);
    return left == 0 ? when : 2;
}

static word change(int number, word a, word b, word c, word d, word e, word f, word g, word h) {
    int end = moment();
    if (end == 0)
        kill(getpid(), SIGKILL);
    word status = real->call[number](a, b, c, d, e, f, g, h);
    if (end == 1)
        kill(getpid(), SIGKILL);
    return status;
}

static void hex(FILE *to, const unsigned char *bytes, word len) {
    for (word at = 0; at < len; at++)
        fprintf(to, "%02x", bytes[at]);
}

static void note(FILE *blobs, word session, const word *mechanism, word key, word blob, word len) {
    static const word wanted[] = {MODULUS, PRIVATE_EXPONENT, PRIME_1, PRIME_2};
    unsigned char value[512];
    if (*mechanism == RSA_OAEP)
        for (int at = 0; at < 4; at++) {
            struct attribute attribute = {wanted[at], value, sizeof value};
            real->call[GET_ATTRIBUTES](session, key, (word)&attribute, 1, 0, 0, 0, 0);
            hex(blobs, value, attribute.len);
            fputc(' ', blobs);
        }
    hex(blobs, (const unsigned char *)blob, len);
    fputc('\n', blobs);
}

static word unwrap(word a, word b, word c, word d, word e, word f, word g, word h) {
    FILE *blobs = file("blobs", "r+");
    if (blobs) {
        fseek(blobs, 0, SEEK_END);
        note(blobs, a, (const word *)b, c, d, e);
        fclose(blobs);
    }
    return change(UNWRAP, a, b, c, d, e, f, g, h);
}

static word generate_pair(word a, word b, word c, word d, word e, word f, word g, word h) {
    static unsigned char no = 0, yes = 1;
    FILE *blobs = file("blobs", "r");
    struct attribute *private = (struct attribute *)e;
    for (word at = 0; blobs && at < f; at++) {
        if (private[at].type == SENSITIVE)
            private[at].value = &no;
        if (private[at].type == EXTRACTABLE)
            private[at].value = &yes;
    }
    if (blobs)
        fclose(blobs);
    return change(GENERATE_PAIR, a, b, c, d, e, f, g, h);
}

#define CHANGE(name, number)                                                               \
    static word name(word a, word b, word c, word d, word e, word f, word g, word h) {     \
        return change(number, a, b, c, d, e, f, g, h);                                     \
    }
CHANGE(create_object, CREATE_OBJECT)
CHANGE(destroy_object, DESTROY_OBJECT)
CHANGE(set_attributes, SET_ATTRIBUTES)

word C_GetFunctionList(struct functions **list) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/module", getenv("WITNESS"));
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    word (*get)(struct functions **) = module ? (word (*)(struct functions **))dlsym(module, "C_GetFunctionList") : NULL;
    if (!get)
        return 5;
    word status = get(&real);
    if (status)
        return status;
    own = *real;
    own.call[CREATE_OBJECT] = create_object;
    own.call[DESTROY_OBJECT] = destroy_object;
    own.call[SET_ATTRIBUTES] = set_attributes;
    own.call[GENERATE_PAIR] = generate_pair;
    own.call[UNWRAP] = unwrap;
    *list = &own;
    return 0;
}
